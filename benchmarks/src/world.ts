import { IoUring, UnavailableError } from "@echolab/posix-sockets";
import { type DatagramSockets, KernelDatagramSockets } from "./datagram-sockets.ts";
import { EpollPoller } from "./epoll-poller.ts";
import { monotonic } from "./monotonic.ts";
import { Ring, RingPoller } from "./ring-poller.ts";

/** What the load generator needs of the world: a clock, and pollers. Tests bring one whose time is their own. */
export interface World {
  /** Milliseconds; monotonic. */
  now(): number;
  /** CPU time of this process so far, in milliseconds. */
  cpu(): number;
  poller(): Poller;
  datagramSockets(): DatagramSockets;
}

/** Opens connections, and tells which of them can go on: of each thing that is done, perhaps once only. */
export interface Poller {
  /** Begins to connect: it is told of as writable once it has, or has failed. */
  connect(to: { host: string; port: number }): Stream;
  /** Waits at most so many milliseconds, whole ones, until something is done. @returns how much that is */
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

/** The real one: on io_uring, whose system calls are fewer, where this kernel has it; else on epoll. */
export function kernel(): World {
  const ring = ringOrNone();
  return {
    now: monotonic,
    cpu() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    poller: ring ? () => new RingPoller(ring) : () => new EpollPoller(),
    datagramSockets: () => new KernelDatagramSockets(),
  };
}

function ringOrNone(): Ring | undefined {
  try {
    return new Ring(new IoUring());
  } catch (error) {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  }
}
