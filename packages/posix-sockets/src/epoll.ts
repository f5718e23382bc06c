import { EINTR, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";
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

/** Where `events` and `data.fd` stand in `struct epoll_event`, in 4-byte words: packed on x64 only (epoll_ctl(2)). */
export function epollEventLayout(architecture: Architecture): { words: number; events: number; fd: number } {
  return architecture === "x64" ? { words: 3, events: 0, fd: 1 } : { words: 4, events: 0, fd: 2 };
}

const layout = epollEventLayout(supportedArchitecture());

/**
 * epoll(7), level-triggered unless asked otherwise: tell the kernel once which descriptors matter, then visit only the ready ones.
 * `for (let i = 0, n = epoll.wait(-1); i < n; i++) handle(epoll.fd(i), epoll.events(i))`
 */
export class Epoll {
  readonly #epfd: number;
  #open = true;
  readonly #ready: Int32Array;
  readonly #most: number;
  readonly #one = new Int32Array(layout.words);

  /** @param most the largest number of ready descriptors that one `wait` reports, 1 or more */
  constructor(most = 1024) {
    this.#most = most;
    this.#ready = new Int32Array(most * layout.words);
    this.#epfd = libc.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epfd === -1) throw new SocketError("epoll_create1", libc.errno());
  }

  add(fd: number, events: number): void {
    this.#control(ADD, fd, events);
  }

  modify(fd: number, events: number): void {
    this.#control(MODIFY, fd, events);
  }

  /** Call it before the descriptor is closed: a number that the kernel has given away again is somebody else's. */
  delete(fd: number): void {
    this.#control(DELETE, fd, 0);
  }

  /**
   * The number of ready descriptors; 0 when the time is over or a signal came (SIGCONT after SIGSTOP does).
   * @param timeout milliseconds; 0 asks and returns at once, -1 waits for ever
   */
  wait(timeout: number): number {
    const count = libc.epoll_wait(this.#epfd, this.#ready, this.#most, timeout);
    if (count !== -1) return count;
    const errno = libc.errno();
    if (errno === EINTR) return 0;
    throw new SocketError("epoll_wait", errno);
  }

  /** The descriptor of the last wait's answer `i`. */
  fd(i: number): number {
    return this.#ready[i * layout.words + layout.fd]!;
  }

  /** What it is ready for: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP. */
  events(i: number): number {
    return this.#ready[i * layout.words + layout.events]!;
  }

  /** close(2). A second call does nothing: the number may be somebody else's by now. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc.close(this.#epfd);
  }

  #control(operation: number, fd: number, events: number): void {
    this.#one[layout.events] = events;
    this.#one[layout.fd] = fd;
    if (libc.epoll_ctl(this.#epfd, operation, fd, this.#one) === -1) throw new SocketError("epoll_ctl", libc.errno());
  }
}
