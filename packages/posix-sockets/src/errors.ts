import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

export const {
  EAGAIN,
  EBADF,
  EBUSY,
  ECONNABORTED,
  EHOSTUNREACH,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EMFILE,
  ENETDOWN,
  ENETUNREACH,
  ENOBUFS,
  ENOMEM,
  ENOPROTOOPT,
  ENOSYS,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
  ETIME,
} = constants.errno;
// os.constants lacks these, on some versions of Node or on all.
const ENFILE = 23;
const ENONET = 64;
const EHOSTDOWN = 112;
export const EBADR = 53;

/**
 * A system call failed. `code` and `errno` are the kernel's (errno(3)), `syscall` is the function's name.
 */
export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(syscall: string, errno: number, about = "") {
    const [code, meaning] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, "unknown error"];
    super(`${syscall} ${code}: ${meaning}${about && ` ${about}`}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }

  /** The process or the machine has no descriptor or no memory left: the same call may succeed once a client has left. */
  get isExhaustion(): boolean {
    return isExhaustion(this.errno);
  }
}

/**
 * The kernel has not what is asked of it, or does not allow it: another machine may. `exitCode` is EX_UNAVAILABLE of
 * sysexits(3), by which a program says so of itself.
 */
export class UnavailableError extends SocketError {
  readonly exitCode = 69;
}

/** No descriptor (EMFILE, ENFILE) or no memory (ENOBUFS, ENOMEM) is left. */
export function isExhaustion(errno: number): boolean {
  return errno === EMFILE || errno === ENFILE || errno === ENOBUFS || errno === ENOMEM;
}

/** No failure of this call: ask again (EAGAIN), at once where a signal came (EINTR). */
export function isNothingYet(errno: number): boolean {
  return errno === EAGAIN || errno === EINTR;
}

// accept(2), "Error handling": what the network reported about this connection before it was accepted. ECONNABORTED is
// a connection that has ended, EPERM one that a firewall forbids, and EINTR a signal.
const ONE_CONNECTIONS = new Set([
  EINTR,
  ECONNABORTED,
  EPERM,
  ENETDOWN,
  EPROTO,
  ENOPROTOOPT,
  EHOSTDOWN,
  ENONET,
  EHOSTUNREACH,
  EOPNOTSUPP,
  ENETUNREACH,
]);

/** Failures of accept(2) that concern the one connection that was to be accepted, and not the listener: accept again. */
export function isOneConnectionsFailure(errno: number): boolean {
  return ONE_CONNECTIONS.has(errno);
}

/** Failures of accept(2) that say nothing of the listener: it may be asked again, at once or after a while. */
export function canAcceptAgain(errno: number): boolean {
  return isExhaustion(errno) || isOneConnectionsFailure(errno);
}

/** How long an accept that fails leaves the listener alone before it asks again, in milliseconds. */
export const RETRY_ACCEPT_MS = 100;

/** Connections that may fail one after the other, before accept is taken for exhausted. */
export const MAX_FAILED_CONNECTIONS = 64;

class NothingYet extends Error {
  override readonly name = "WouldBlockError";
  readonly code = "EAGAIN";
  readonly errno = EAGAIN;
}

/**
 * Thrown by `accept`, `recv` and `send` on a non-blocking socket that has nothing there yet: the one error that says
 * "ask again later". One frozen instance, compared with `===`: a new Error would cost 4 microseconds at every asking.
 */
export const WouldBlockError: Readonly<Error & { code: "EAGAIN"; errno: number }> = Object.freeze(
  new NothingYet("nothing there yet: ask again later"),
);
