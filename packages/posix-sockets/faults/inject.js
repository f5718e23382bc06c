// What the kernel may do at any call, and on a quiet machine never does: a quarter of all calls fail, or take less than
// they were given. For tests only, and no part of the published package: `node --import .../faults/inject.js?seed=7 …`
// stands between posix-sockets and the kernel, in each thread, and through NODE_OPTIONS in each child process too. The
// same seed, thread and calls give the same faults.
import { constants } from "node:os";
import { threadId } from "node:worker_threads";

const { EAGAIN, ECONNABORTED, EINTR } = constants.errno;
const SHARE = 0.25;
const O_NONBLOCK = 0o4000;
const F_GETFL = 3;

const seed = Number(new URL(import.meta.url).searchParams.get("seed"));
let state = (seed ^ (threadId * 0x9e3779b9)) >>> 0 || 1;
/** The error number of a fault, until it is asked for. */
let injected = 0;

/** Marsaglia's xorshift: the next number from 0 up to, not including, `n`. */
function below(n) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
}

const isDue = () => below(1000) < SHARE * 1000;

/** A part of a length, or all of it. */
const partOf = (length) => (length > 1 ? 1 + below(length - 1) : length);

function fail(errno) {
  injected = errno;
  return -1;
}

/** The same functions, with faults in between. @param fcntl the kernel's own */
function withFaults(real, fcntl) {
  const isNonBlocking = (fd) => (fcntl(fd, F_GETFL, 0) & O_NONBLOCK) !== 0;

  /** EINTR; EAGAIN where the descriptor is non-blocking; or a part of the length. */
  const transfer = (call) => (fd, bytes, length, flags) => {
    if (!isDue()) return call(fd, bytes, length, flags);
    const kind = below(3);
    if (kind === 0) return fail(EINTR);
    if (kind === 1 && isNonBlocking(fd)) return fail(EAGAIN);
    return call(fd, bytes, partOf(length), flags);
  };

  /** EINTR. */
  const interrupted =
    (call) =>
    (...args) =>
      isDue() ? fail(EINTR) : call(...args);

  return {
    recv: transfer(real.recv),
    send: transfer(real.send),
    accept4(fd, ...rest) {
      if (!isDue()) return real.accept4(fd, ...rest);
      const kind = below(3);
      if (kind === 0 && isNonBlocking(fd)) return fail(EAGAIN);
      return fail(kind === 1 ? EINTR : ECONNABORTED);
    },
    select: interrupted(real.select),
    poll: interrupted(real.poll),
    /** EINTR, or one event where there may be more. */
    epoll_wait(epfd, events, most, timeout) {
      if (!isDue()) return real.epoll_wait(epfd, events, most, timeout);
      return below(2) === 0 ? fail(EINTR) : real.epoll_wait(epfd, events, 1, timeout);
    },
    io_uring_enter: interrupted(real.io_uring_enter),
    errno() {
      const errno = injected || real.errno();
      injected = 0;
      return errno;
    },
    ringLength: (length) => (isDue() ? partOf(length) : length),
  };
}

globalThis[Symbol.for("posix-sockets.calls")] = withFaults;
