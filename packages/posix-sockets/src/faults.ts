import { threadId } from "node:worker_threads";
import { EAGAIN, ECONNABORTED, EINTR } from "./errors.ts";

// What the kernel may do at any call, and on a quiet machine never does. ECHOLAB_FAULTS=<seed> makes a quarter of all
// calls fail, or take less than they were given; the same seed, thread and calls give the same faults. Without it
// nothing here is called.

const text = process.env["ECHOLAB_FAULTS"];
export const isOn = text !== undefined;

const SHARE = 0.25;
const O_NONBLOCK = 0o4000;
const F_GETFL = 3;

let state = (Number(text) ^ (threadId * 0x9e3779b9)) >>> 0 || 1;
let injected = 0;

/** Marsaglia's xorshift: the next number from 0 up to, not including, `n`. */
function below(n: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
}

const isDue = () => below(1000) < SHARE * 1000;

/** The error number of a fault, once; 0 where the last failure was the kernel's own. */
export function takeInjected(): number {
  const errno = injected;
  injected = 0;
  return errno;
}

function fail(errno: number): -1 {
  injected = errno;
  return -1;
}

type Fcntl = (fd: number, command: number, argument: number) => number;
const isNonBlocking = (fcntl: Fcntl, fd: number) => (fcntl(fd, F_GETFL, 0) & O_NONBLOCK) !== 0;

/** recv and send: EINTR; EAGAIN where the descriptor is non-blocking; or a part of the length. */
export function transfer<B>(
  call: (fd: number, bytes: B, length: number, flags: number) => number,
  fcntl: Fcntl,
): (fd: number, bytes: B, length: number, flags: number) => number {
  return (fd, bytes, length, flags) => {
    if (!isDue()) return call(fd, bytes, length, flags);
    const kind = below(3);
    if (kind === 0) return fail(EINTR);
    if (kind === 1 && isNonBlocking(fcntl, fd)) return fail(EAGAIN);
    return call(fd, bytes, length > 1 ? 1 + below(length - 1) : length, flags);
  };
}

/** accept4: EINTR, a connection that was aborted, or EAGAIN where the listener is non-blocking. */
export function accepting<A extends [fd: number, ...unknown[]]>(
  call: (...args: A) => number,
  fcntl: Fcntl,
): (...args: A) => number {
  return (...args) => {
    if (!isDue()) return call(...args);
    const kind = below(3);
    if (kind === 0 && isNonBlocking(fcntl, args[0])) return fail(EAGAIN);
    return fail(kind === 1 ? EINTR : ECONNABORTED);
  };
}

/** epoll_wait: EINTR, or one event where there may be more. */
export function waiting<B>(
  call: (epfd: number, events: B, most: number, timeout: number) => number,
): (epfd: number, events: B, most: number, timeout: number) => number {
  return (epfd, events, most, timeout) => {
    if (!isDue()) return call(epfd, events, most, timeout);
    return below(2) === 0 ? fail(EINTR) : call(epfd, events, 1, timeout);
  };
}

/** poll, select, io_uring_enter: EINTR. */
export function interrupted<A extends unknown[]>(call: (...args: A) => number): (...args: A) => number {
  return (...args) => (isDue() ? fail(EINTR) : call(...args));
}

/** What the kernel may take of a length: a part, or all. */
export function part(length: number): number {
  return length > 1 && isDue() ? 1 + below(length - 1) : length;
}
