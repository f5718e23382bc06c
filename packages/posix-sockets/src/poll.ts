import { checkDescriptor, checkIndex, checkWhole, toMilliseconds } from "./checks.ts";
import { EINTR, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";

export const POLLIN = 0x001;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;

const MAX_EVENTS = 0x7fff; // a short

/** For the kernel only: the array, and how many are in it. A subclass has no say in it. */
let wordsOf: (fds: PollFds) => Int32Array;
let lengthOf: (fds: PollFds) => number;

/** The array of `struct pollfd` (poll(2)) that grows with its descriptors: what is wanted, and what came, side by side. */
export class PollFds {
  static {
    wordsOf = (fds) => fds.#words;
    lengthOf = (fds) => fds.#length;
  }

  // struct pollfd { int fd; short events; short revents; }
  #words = new Int32Array(2 * 64);
  #halves = new Int16Array(this.#words.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns its place, which `remove` may give to the last one */
  push(fd: number, events: number): number {
    checkDescriptor(fd);
    checkWhole("events", events, 0, MAX_EVENTS);
    if (2 * this.#length === this.#words.length) this.#grow();
    this.#words[2 * this.#length] = fd;
    this.#length += 1;
    this.setEvents(this.#length - 1, events);
    return this.#length - 1;
  }

  fd(i: number): number {
    checkIndex(i, this.#length);
    return this.#words[2 * i]!;
  }

  events(i: number): number {
    checkIndex(i, this.#length);
    return this.#halves[4 * i + 2]!;
  }

  setEvents(i: number, events: number): void {
    checkIndex(i, this.#length);
    checkWhole("events", events, 0, MAX_EVENTS);
    this.#halves[4 * i + 2] = events;
    this.#halves[4 * i + 3] = 0;
  }

  /** What the last `poll` has found of it: POLLIN, POLLOUT, POLLERR, POLLHUP; 0 for nothing. */
  revents(i: number): number {
    checkIndex(i, this.#length);
    return this.#halves[4 * i + 3]!;
  }

  /** The last one takes its place: a loop that removes some goes from the end to the beginning. */
  remove(i: number): void {
    checkIndex(i, this.#length);
    this.#length -= 1;
    this.#words.copyWithin(2 * i, 2 * this.#length, 2 * this.#length + 2);
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    this.#halves = new Int16Array(words.buffer);
  }
}

/**
 * poll(2): waits until one of them has what is wanted of it. The kernel asks every one of them, each time.
 * @param timeout milliseconds, a fraction is rounded up; 0 asks and returns at once, -1 and Infinity wait for ever
 * @returns how many have something; 0 when the time is over or a signal came
 */
export function poll(fds: PollFds, timeout: number): number {
  const count = libc.poll(wordsOf(fds), lengthOf(fds), toMilliseconds(timeout));
  if (count !== -1) return count;
  const errno = libc.errno();
  if (errno !== EINTR) throw new SocketError("poll", errno);
  for (let i = 0; i < lengthOf(fds); i += 1) fds.setEvents(i, fds.events(i)); // what an earlier call found is past
  return 0;
}
