import { ENOBUFS, EPOLLIN, EPOLLOUT, isNothingYet, POLLOUT, type Socket, SocketError } from "@echolab/posix-sockets";
import type { Stream } from "./poller.ts";
import type { Asking, Ring } from "./ring.ts";

/** What a stream knows of its poller. */
export interface Owner {
  /** Something is done of it. */
  note(fd: number, events: number): void;
  /** It has something to send: `flush` is called before the poller waits. */
  sends(stream: RingStream): void;
  /** Its descriptor is closed. */
  over(stream: RingStream): void;
}

const NONE = -1;

/** Buffers begin 64 KiB apart, where a processor's cache keeps few lines at a time: each is used from another line on. */
const firstByte = (buffer: number) => (buffer & 63) << 6;

/**
 * One connection. One receive of it, which goes on for ever, and at most one send are under way. What is to be sent is
 * copied into a buffer of the ring, where all of it that comes together is one send.
 */
export class RingStream implements Stream, Asking {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #ring: Ring;
  readonly #owner: Owner;
  #wanted = EPOLLOUT;
  #isConnecting = true;
  #isReceiving = false;
  /** What was received and not taken yet: the results, and the buffers that they stand in. */
  readonly #results: number[] = [];
  readonly #buffers: number[] = [];
  /** While something is to be sent, the buffer that it stands in, at [#start, #end). */
  #own = NONE;
  #start = 0;
  #end = 0;
  #isSending = false;
  #failure: Error | undefined;
  #isClosing = false;

  constructor(socket: Socket, ring: Ring, owner: Owner) {
    this.fd = socket.fd;
    this.#socket = socket;
    this.#ring = ring;
    this.#owner = owner;
    ring.ring.poll(socket.fd, POLLOUT);
  }

  want(events: number): void {
    const readsFirst = (events & EPOLLIN) !== 0 && (this.#wanted & EPOLLIN) === 0;
    this.#wanted = events;
    if (readsFirst && !this.#isReceiving && this.#results.length === 0) this.#receive();
    if (events & EPOLLOUT && this.#own === NONE) this.#owner.note(this.fd, EPOLLOUT);
  }

  tryRecv(into: Buffer): number {
    if (this.#failure) throw this.#failure;
    const result = this.#results[0];
    if (result === undefined) return -1;
    if (result < 0) throw new SocketError("recv", -result);
    if (result === 0) return 0; // it stays: nothing comes after a FIN
    this.#results.shift();
    const buffer = this.#buffers.shift()!;
    const { ring, memory } = this.#ring;
    const at = buffer * ring.bufferBytes;
    memory.copy(into, 0, at, at + result);
    ring.give(buffer);
    return result;
  }

  trySend(from: Buffer, start: number, end: number): number {
    if (this.#failure) throw this.#failure;
    if (this.#own === NONE) {
      this.#own = this.#ring.take();
      this.#start = firstByte(this.#own);
      this.#end = this.#start;
      this.#owner.sends(this);
    }
    const { ring, memory } = this.#ring;
    const length = Math.min(end - start, ring.bufferBytes - this.#end);
    if (length === 0) return -1;
    from.copy(memory, this.#own * ring.bufferBytes + this.#end, start, start + length);
    this.#end += length;
    return length;
  }

  /** Sends what is to be sent, if nothing is under way. */
  flush(): void {
    if (this.#isSending || this.#isClosing || this.#own === NONE) return;
    this.#isSending = true;
    this.#ring.ring.send(this.fd, this.#own, this.#start, this.#end);
  }

  pendingError(): Error | undefined {
    return this.#socket.pendingError();
  }

  shutdown(): void {
    this.#socket.shutdown("write");
  }

  close(): void {
    this.#isClosing = true;
    for (const buffer of this.#buffers.splice(0)) if (buffer !== NONE) this.#ring.ring.give(buffer);
    if (this.#isUnderWay) this.#endAll();
    else this.#over();
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
      if (buffer !== NONE) this.#ring.ring.give(buffer);
    } else {
      const isNothing = result === -ENOBUFS || isNothingYet(-result);
      if (result === -ENOBUFS) this.#ring.ring.addBuffer();
      if (!more && (result > 0 || isNothing)) this.#receive();
      if (isNothing) return;
      this.#results.push(result);
      this.#buffers.push(buffer);
    }
    this.#then(EPOLLIN);
  }

  sent(result: number): void {
    this.#isSending = false;
    if (result > 0) this.#start += result;
    if (result < 0 && !isNothingYet(-result)) this.#failure = new SocketError("send", -result);
    const isOver = this.#start === this.#end || this.#failure !== undefined;
    if (isOver) this.#leaveBuffer();
    else this.flush();
    this.#then(this.#failure ? EPOLLIN | EPOLLOUT : isOver ? EPOLLOUT : 0);
  }

  #leaveBuffer(): void {
    if (this.#own !== NONE) this.#ring.giveBack(this.#own);
    this.#own = NONE;
  }

  get #isUnderWay(): boolean {
    return this.#isConnecting || this.#isReceiving || this.#isSending;
  }

  #receive(): void {
    this.#isReceiving = true;
    this.#ring.ring.recvMultishot(this.fd);
  }

  #then(events: number): void {
    if (!this.#isClosing) this.#owner.note(this.fd, events & this.#wanted);
    else if (!this.#isUnderWay) this.#over();
  }

  /** What is under way keeps the connection open, whoever closes its descriptor: it has to end first. */
  #endAll(): void {
    try {
      this.#socket.shutdown("both");
    } catch {
      // it never was connected, or is no longer
    }
  }

  #over(): void {
    this.#socket.close();
    this.#leaveBuffer();
    this.#owner.over(this);
  }
}
