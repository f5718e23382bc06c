import { EINTR, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";

export const POLLIN = 0x001;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;

/** The array of `struct pollfd` (poll(2)) that grows with its descriptors: what is wanted, and what came, side by side. */
export class PollFds {
  // struct pollfd { int fd; short events; short revents; }
  #words = new Int32Array(2 * 64);
  #halves = new Int16Array(this.#words.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns its place, which `remove` may give to the last one */
  push(fd: number, events: number): number {
    if (2 * this.#length === this.#words.length) this.#grow();
    this.#words[2 * this.#length] = fd;
    this.setEvents(this.#length, events);
    this.#length += 1;
    return this.#length - 1;
  }

  fd(i: number): number {
    return this.#words[2 * i]!;
  }

  events(i: number): number {
    return this.#halves[4 * i + 2]!;
  }

  setEvents(i: number, events: number): void {
    this.#halves[4 * i + 2] = events;
    this.#halves[4 * i + 3] = 0;
  }

  /** What the last `poll` has found of it: POLLIN, POLLOUT, POLLERR, POLLHUP; 0 for nothing. */
  revents(i: number): number {
    return this.#halves[4 * i + 3]!;
  }

  /** The last one takes its place: whoever goes through them and removes some goes from the end to the beginning. */
  remove(i: number): void {
    this.#length -= 1;
    this.#words.copyWithin(2 * i, 2 * this.#length, 2 * this.#length + 2);
  }

  /** The whole array, for the kernel. */
  get memory(): Int32Array {
    return this.#words;
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
 * @param timeout milliseconds; 0 asks and returns at once, -1 waits for ever
 * @returns how many have something; 0 when the time is over or a signal came
 */
export function poll(fds: PollFds, timeout: number): number {
  const count = libc.poll(fds.memory, fds.length, timeout);
  if (count !== -1) return count;
  const errno = libc.errno();
  if (errno !== EINTR) throw new SocketError("poll", errno);
  for (let i = 0; i < fds.length; i += 1) fds.setEvents(i, fds.events(i)); // what an earlier call found is past
  return 0;
}
