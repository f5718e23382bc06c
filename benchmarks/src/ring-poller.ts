import { Socket } from "@echolab/posix-sockets";
import type { Poller, Stream } from "./poller.ts";
import type { Ring } from "./ring.ts";
import { RingStream } from "./ring-stream.ts";

/** For what is under way of its streams to end, in milliseconds. */
const CLOSING = 1000;

/**
 * Completion: what is asked of its streams waits in the ring, and one system call hands all of it over and brings what
 * is done. To its user it looks like readiness.
 */
export class RingPoller implements Poller {
  readonly #ring: Ring;
  /** What is done and not told yet, and what was told last. */
  #done = new Told();
  #told = new Told();
  /** Whose descriptors are open. */
  readonly #open = new Set<RingStream>();
  /** Who has something to send. */
  readonly #sending: RingStream[] = [];

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  connect(to: { host: string; port: number }): Stream {
    const stream = new RingStream(Socket.connectNonBlocking(to), this.#ring, {
      note: (fd, events) => this.#done.push(fd, events),
      sends: (stream) => this.#sending.push(stream),
      over: (stream) => this.#open.delete(stream),
    });
    this.#ring.streams[stream.fd] = stream;
    this.#open.add(stream);
    return stream;
  }

  wait(timeout: number): number {
    // While another poller of this ring waited, something may have come for this one.
    this.#turn(this.#done.count > 0 ? 0 : timeout);
    const done = this.#done;
    this.#done = this.#told;
    this.#told = done;
    this.#done.count = 0;
    return this.#told.count;
  }

  fd(i: number): number {
    return this.#told.fds[i]!;
  }

  events(i: number): number {
    return this.#told.events[i]!;
  }

  /** What was under way of its streams ends first: until then their descriptors are open. */
  close(): void {
    for (const end = performance.now() + CLOSING; this.#open.size > 0 && performance.now() < end; ) this.#turn(10);
  }

  #turn(timeout: number): void {
    const { ring, streams } = this.#ring;
    for (const stream of this.#sending) stream.flush();
    this.#sending.length = 0;
    const done = timeout === 0 ? ring.enter(0) : ring.enter(1, timeout);
    for (let i = 0; i < done; i += 1) {
      const stream = streams[ring.fd(i)]!;
      const kind = ring.kind(i);
      if (kind === "recv") stream.received(ring.result(i), ring.buffer(i), ring.more(i));
      else if (kind === "send") stream.sent(ring.result(i));
      else stream.connected();
    }
  }
}

/** Descriptors and events, in memory that is kept. */
class Told {
  fds = new Int32Array(1024);
  events = new Int32Array(1024);
  count = 0;

  push(fd: number, events: number): void {
    if (this.count === this.fds.length) {
      this.fds = doubled(this.fds);
      this.events = doubled(this.events);
    }
    this.fds[this.count] = fd;
    this.events[this.count] = events;
    this.count += 1;
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
