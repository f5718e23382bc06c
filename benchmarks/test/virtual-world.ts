import { EPOLLIN, EPOLLOUT } from "@echolab/posix-sockets";
import type { Poller, Stream } from "../src/poller.ts";
import type { World } from "../src/world.ts";

/** When a server answers what it got at `now` as the `message`-th piece of all, in ms; Infinity: never. */
export type Behaviour = (now: number, message: number) => number;

/** What a busy poller's time goes by in one asking, in milliseconds. */
const ASKING = 0.01;

/** A world whose time goes by only while the load generator waits, with a server that does just what it is told. */
export class VirtualWorld implements World {
  readonly #behaviour: Behaviour;
  readonly #streams = new Map<number, VirtualStream>();
  #time = 1000;
  #pieces = 0;
  #fds = 3;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  now(): number {
    return this.#time;
  }

  cpu(): number {
    return this.#time / 2;
  }

  datagramSockets(): never {
    throw new Error("this world has no datagrams");
  }

  poller(): Poller {
    const interest = new Map<number, number>();
    let ready: { fd: number; events: number }[] = [];
    const look = () =>
      [...interest].flatMap(([fd, events]) => {
        const readable = this.#streams.get(fd)!.dueAt <= this.#time ? EPOLLIN : 0;
        const happened = events & (EPOLLOUT | readable);
        return happened ? [{ fd, events: happened }] : [];
      });
    return {
      connect: () => {
        const fd = this.#fds++;
        const stream = new VirtualStream(fd, {
          now: () => this.#time,
          answerAt: (now) => this.#behaviour(now, this.#pieces++),
          want: (events) => (events === 0 ? interest.delete(fd) : interest.set(fd, events)),
        });
        this.#streams.set(fd, stream);
        stream.want(EPOLLOUT);
        return stream;
      },
      wait: (timeout) => {
        ready = look();
        if (ready.length > 0) return ready.length;
        const next = Math.min(...[...interest.keys()].map((fd) => this.#streams.get(fd)!.dueAt));
        this.#time = timeout === 0 ? this.#time + ASKING : Math.min(next, this.#time + timeout);
        ready = look();
        return ready.length;
      },
      fd: (i) => ready[i]!.fd,
      events: (i) => ready[i]!.events,
      close: () => interest.clear(),
    };
  }
}

/** What a stream needs of its world. */
interface Surroundings {
  now(): number;
  answerAt(now: number): number;
  want(events: number): void;
}

class VirtualStream implements Stream {
  readonly fd: number;
  readonly want: (events: number) => void;
  readonly #now: () => number;
  readonly #answerAt: (now: number) => number;
  readonly #pieces: { bytes: Buffer; at: number }[] = [];

  constructor(fd: number, { now, answerAt, want }: Surroundings) {
    this.fd = fd;
    this.#now = now;
    this.#answerAt = answerAt;
    this.want = want;
  }

  /** When there is something to read. */
  get dueAt(): number {
    return this.#pieces[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  trySend(from: Uint8Array, start: number, end: number): number {
    const before = this.#pieces.at(-1)?.at ?? 0; // a stream keeps its order
    this.#pieces.push({
      bytes: Buffer.from(from.subarray(start, end)),
      at: Math.max(before, this.#answerAt(this.#now())),
    });
    return end - start;
  }

  tryRecv(into: Uint8Array): number {
    if (this.dueAt > this.#now()) return -1;
    const { bytes } = this.#pieces.shift()!;
    into.set(bytes);
    return bytes.length;
  }

  pendingError(): undefined {}

  /** FIN: the server's own comes back after what it owes. */
  shutdown(): void {
    this.#pieces.push({ bytes: Buffer.alloc(0), at: Math.max(this.#now(), this.#pieces.at(-1)?.at ?? 0) });
  }

  close(): void {
    this.want(0);
  }
}
