import { checkDescriptor, checkIndex, checkWhole, toMilliseconds } from "./checks.ts";
import { check } from "./descriptor.ts";
import { EINTR, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";
import { MADE_HERE, Owned, openFd } from "./owned.ts";
import { type Architecture, supportedArchitecture } from "./platform.ts";

export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;
/** Edge-triggered: told once, when something comes, and not again while it is there. */
export const EPOLLET = -0x80000000;
const EPOLL_CLOEXEC = 0o2000000;
const ADD = 1;
const DELETE = 2;
const MODIFY = 3;
/** Of those that one wait reports: the kernel takes more, and the memory for them would be 12 MiB and more. */
const MAX_READY = 2 ** 20;

/** Where `events` and `data.fd` stand in `struct epoll_event`, in 4-byte words: packed on x64 only (epoll_ctl(2)). */
export function epollEventLayout(architecture: Architecture): { words: number; events: number; fd: number } {
  return architecture === "x64" ? { words: 3, events: 0, fd: 1 } : { words: 4, events: 0, fd: 2 };
}

const layout = epollEventLayout(supportedArchitecture());

/**
 * epoll(7), level-triggered unless asked otherwise: tell the kernel once which descriptors matter, then visit only the ready ones.
 * `for (let i = 0, n = epoll.wait(-1); i < n; i++) handle(epoll.fd(i), epoll.events(i))`
 */
export class Epoll extends Owned {
  readonly #ready: Int32Array;
  readonly #most: number;
  readonly #one = new Int32Array(layout.words);
  /** How many the last `wait` has found. */
  #found = 0;

  /** @param most the largest number of ready descriptors that one `wait` reports, 1 to 1,048,576 */
  constructor(most = 1024) {
    checkWhole("most", most, 1, MAX_READY);
    super(check("epoll_create1", libc.epoll_create1(EPOLL_CLOEXEC)), MADE_HERE);
    this.#most = most;
    this.#ready = new Int32Array(most * layout.words);
  }

  add(fd: number, events: number): void {
    this.#control(ADD, fd, events);
  }

  modify(fd: number, events: number): void {
    this.#control(MODIFY, fd, events);
  }

  /** Call it before the descriptor is closed: a number that the kernel has given away again may be another connection's. */
  delete(fd: number): void {
    this.#control(DELETE, fd, 0);
  }

  /**
   * The number of ready descriptors; 0 when the time is over or a signal came (SIGCONT after SIGSTOP does).
   * @param timeout milliseconds, a fraction is rounded up; 0 asks and returns at once, -1 and Infinity wait for ever
   */
  wait(timeout: number): number {
    const epfd = openFd(this, "epoll_wait");
    const milliseconds = toMilliseconds(timeout);
    this.#found = 0;
    const count = libc.epoll_wait(epfd, this.#ready, this.#most, milliseconds);
    if (count !== -1) {
      this.#found = count;
      return count;
    }
    const errno = libc.errno();
    if (errno === EINTR) return 0;
    throw new SocketError("epoll_wait", errno);
  }

  /** The descriptor of the last wait's answer `i`. */
  fd(i: number): number {
    this.#checkAnswer(i);
    return this.#ready[i * layout.words + layout.fd]!;
  }

  /** What it is ready for: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP. */
  events(i: number): number {
    this.#checkAnswer(i);
    return this.#ready[i * layout.words + layout.events]!;
  }

  override close(): void {
    super.close();
    this.#found = 0;
  }

  #checkAnswer(i: number): void {
    if (i >>> 0 === i && i < this.#found) return;
    openFd(this, "epoll_wait");
    checkIndex(i, this.#found);
  }

  #control(operation: number, fd: number, events: number): void {
    const epfd = openFd(this, "epoll_ctl");
    checkDescriptor(fd);
    checkWhole("events", events, EPOLLET, 0xffff_ffff);
    this.#one[layout.events] = events;
    this.#one[layout.fd] = fd;
    check("epoll_ctl", libc.epoll_ctl(epfd, operation, fd, this.#one));
  }
}
