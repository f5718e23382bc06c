/** Opens connections, and tells which of them can go on: of each thing that is done, perhaps once only. */
export interface Poller {
  /** Begins to connect: it is told of as writable once it has, or has failed. */
  connect(to: { host: string; port: number }): Stream;
  /** Waits until something is done, at most `timeout` milliseconds (a whole number). @returns how many things are done */
  wait(timeout: number): number;
  /** The descriptor of the `i`-th of it, and what of EPOLLIN and EPOLLOUT it is ready for, if anything. */
  fd(i: number): number;
  events(i: number): number;
  /** After all its streams. */
  close(): void;
}

/** One connection. */
export interface Stream {
  readonly fd: number;
  /** What it is told of from now on: EPOLLIN, EPOLLOUT, or both. */
  want(events: number): void;
  /** The number of bytes now in `into`; 0 at the peer's FIN; -1 where nothing is there. */
  tryRecv(into: Buffer): number;
  /** How many of the bytes [start, end) were taken; -1 where there is no room. */
  trySend(from: Buffer, start: number, end: number): number;
  /** Why it could not connect, if it could not. */
  pendingError(): Error | undefined;
  /** FIN. */
  shutdown(): void;
  close(): void;
}
