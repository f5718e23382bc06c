import {
  ENOBUFS,
  EPOLLIN,
  EPOLLOUT,
  type IoUring,
  isNothingYet,
  POLLOUT,
  Socket,
  SocketError,
} from "@echolab/posix-sockets";
import type { Poller, Stream } from "./world.ts";

/** By ring and descriptor, whichever poller they belong to: one ring serves all pollers of a process. */
const streamsOf = new WeakMap<IoUring, RingStream[]>();

/**
 * Completion: what is asked of its streams waits in the ring, and one system call hands all of it over and brings what
 * is done. To its user it looks like readiness.
 */
export class RingPoller implements Poller {
  readonly #ring: IoUring;
  readonly #streams: RingStream[];
  /** What is done and not told yet, and what was told last. */
  #done: Told = { fds: [], events: [] };
  #told: Told = { fds: [], events: [] };
  readonly #owner: Owner = {
    open: new Set(),
    note: (fd, events) => {
      this.#done.fds.push(fd);
      this.#done.events.push(events);
    },
  };

  constructor(ring: IoUring) {
    this.#ring = ring;
    this.#streams = streamsOf.get(ring) ?? [];
    streamsOf.set(ring, this.#streams);
  }

  connect(to: { host: string; port: number }): Stream {
    const socket = Socket.connectNonBlocking(to);
    const stream = new RingStream(socket, this.#ring, this.#owner);
    this.#streams[socket.fd] = stream;
    this.#owner.open.add(stream);
    return stream;
  }

  wait(timeout: number): number {
    // While another poller of this ring waited, something may have come for this one.
    if (this.#done.fds.length === 0) this.#turn(timeout);
    const told = this.#done;
    this.#done = this.#told;
    this.#told = told;
    this.#done.fds.length = 0;
    this.#done.events.length = 0;
    return told.fds.length;
  }

  fd(i: number): number {
    return this.#told.fds[i]!;
  }

  events(i: number): number {
    return this.#told.events[i]!;
  }

  /** What was under way of its streams ends first: until then their descriptors are open. */
  close(): void {
    for (let i = 0; i < MOST_TURNS && this.#owner.open.size > 0; i += 1) this.#turn(10);
  }

  #turn(timeout: number): void {
    const ring = this.#ring;
    const done = timeout === 0 ? ring.enter(0) : ring.enter(1, timeout);
    for (let i = 0; i < done; i += 1) {
      const fd = ring.fd(i);
      const stream = this.#streams[fd]!;
      const kind = ring.kind(i);
      if (kind === "recv") stream.received(ring.result(i), ring.buffer(i), ring.more(i));
      else if (kind === "send") stream.sent(ring.result(i));
      else stream.connected();
    }
  }
}

/** What a stream knows of its poller. */
interface Owner {
  /** Whose descriptors are open. */
  readonly open: Set<RingStream>;
  note(fd: number, events: number): void;
}

interface Told {
  readonly fds: number[];
  readonly events: number[];
}

const NONE = -1;
/** Of at most 10 ms each. */
const MOST_TURNS = 500;
/** The ring's buffers, to copy from. */
const buffers: Buffer[] = [];

/** One receive of it, which goes on for ever, and at most one send are under way. */
class RingStream implements Stream {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #ring: IoUring;
  readonly #owner: Owner;
  #wanted = EPOLLOUT;
  #isConnecting = true;
  #isReceiving = false;
  /** What was received and not taken yet: the results, and the buffers that they stand in. */
  readonly #results: number[] = [];
  readonly #buffers: number[] = [];
  /** What is being sent: [#start, #end) of #from. */
  #from: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #failure: Error | undefined;
  #isClosing = false;

  constructor(socket: Socket, ring: IoUring, owner: Owner) {
    this.fd = socket.fd;
    this.#socket = socket;
    this.#ring = ring;
    this.#owner = owner;
    ring.poll(socket.fd, POLLOUT);
  }

  get #isUnderWay(): boolean {
    return this.#isConnecting || this.#isReceiving || this.#from !== undefined;
  }

  want(events: number): void {
    const readsFirst = (events & EPOLLIN) !== 0 && (this.#wanted & EPOLLIN) === 0;
    this.#wanted = events;
    if (readsFirst && !this.#isReceiving && this.#results.length === 0) this.#receive();
    if (events & EPOLLOUT && this.#from === undefined) this.#owner.note(this.fd, EPOLLOUT);
  }

  tryRecv(into: Buffer): number {
    if (this.#failure) throw this.#failure;
    const result = this.#results[0];
    if (result === undefined) return -1;
    if (result < 0) throw new SocketError("recv", -result);
    if (result === 0) return 0; // it stays: nothing comes after a FIN
    this.#results.shift();
    const buffer = this.#buffers.shift()!;
    buffers[buffer] ??= bufferOver(this.#ring.bytes(buffer));
    buffers[buffer].copy(into, 0, 0, result);
    this.#ring.give(buffer);
    return result;
  }

  trySend(from: Uint8Array, start: number, end: number): number {
    if (this.#failure) throw this.#failure;
    if (this.#from) return -1;
    this.#from = from;
    this.#start = start;
    this.#end = end;
    this.#ring.sendFrom(this.fd, from, start, end);
    return end - start;
  }

  pendingError(): Error | undefined {
    return this.#socket.pendingError();
  }

  shutdown(): void {
    this.#socket.shutdown("write");
  }

  close(): void {
    this.#isClosing = true;
    for (const buffer of this.#buffers.splice(0)) if (buffer !== NONE) this.#ring.give(buffer);
    if (this.#isUnderWay) this.#endAll();
    else this.#over();
  }

  /** What is under way keeps the connection open, whoever closes its descriptor: it has to end first. */
  #endAll(): void {
    try {
      this.#socket.shutdown("both");
    } catch {
      // it never was connected, or is no longer
    }
  }

  connected(): void {
    this.#isConnecting = false;
    // The ring waits for a blocking socket; a non-blocking one would have nothing there yet.
    this.#socket.setBlocking(true);
    this.#then(EPOLLOUT);
  }

  received(result: number, buffer: number, more: boolean): void {
    this.#isReceiving = more;
    if (this.#isClosing) {
      if (buffer !== NONE) this.#ring.give(buffer);
    } else {
      const isNothing = result === -ENOBUFS || isNothingYet(-result);
      if (result === -ENOBUFS) this.#ring.addBuffer();
      if (!more && (result > 0 || isNothing)) this.#receive();
      if (isNothing) return;
      this.#results.push(result);
      this.#buffers.push(buffer);
    }
    this.#then(EPOLLIN);
  }

  sent(result: number): void {
    if (result >= 0) this.#start += result;
    const isFailed = result < 0 && !isNothingYet(-result);
    if (!isFailed && !this.#isClosing && this.#start < this.#end) {
      this.#ring.sendFrom(this.fd, this.#from!, this.#start, this.#end);
      return;
    }
    this.#from = undefined;
    if (isFailed) this.#failure = new SocketError("send", -result);
    this.#then(isFailed ? EPOLLIN | EPOLLOUT : EPOLLOUT);
  }

  #receive(): void {
    this.#isReceiving = true;
    this.#ring.recvMultishot(this.fd);
  }

  #then(events: number): void {
    if (!this.#isClosing) this.#owner.note(this.fd, events & this.#wanted);
    else if (!this.#isUnderWay) this.#over();
  }

  #over(): void {
    this.#socket.close();
    this.#owner.open.delete(this);
  }
}

const bufferOver = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length);
