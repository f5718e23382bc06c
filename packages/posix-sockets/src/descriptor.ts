import { checkBoolean, checkDescriptor } from "./checks.ts";
import { SocketError } from "./errors.ts";
import * as libc from "./libc.ts";
import { checkNotClosing, fdOf, Owned, openFd, release } from "./owned.ts";
import { AF_INET, AF_INET6, decodeAddress, type SocketAddress } from "./sockaddr.ts";

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_REUSEPORT = 15;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_NOSIGNAL = 0x4000;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const O_NONBLOCK = 0o4000;

/** What a socket is, whatever it speaks: a descriptor with one owner, which closes it once. */
export abstract class Descriptor extends Owned {
  /** The kernel's number for it; -1 once it is closed or handed on. */
  get fd(): number {
    return fdOf(this);
  }

  /** O_NONBLOCK (fcntl(2)). A socket that was accepted is blocking, whatever its listener is. */
  setBlocking(blocking: boolean): void {
    const fd = openFd(this, "fcntl");
    checkBoolean("blocking", blocking);
    const flags = flagsOf(fd);
    check("fcntl", libc.fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
  }

  /** Whether its calls wait, by the descriptor's own flags. */
  get isBlocking(): boolean {
    return (flagsOf(openFd(this, "fcntl")) & O_NONBLOCK) === 0;
  }

  /** getsockname(2): where this socket is bound. */
  address(): SocketAddress {
    const bytes = new Uint8Array(28);
    check("getsockname", libc.getsockname(openFd(this, "getsockname"), bytes, Int32Array.of(bytes.length)));
    return decodeAddress(bytes);
  }

  /** Hands the descriptor on: to another thread, to a child process. This object is closed then, and does not own it. */
  detach(): number {
    return release(this, "detach");
  }
}

// `protected` is TypeScript's only, so these are functions: as methods, a program could call them with what it likes.

/** setsockopt(2), of one or more numbers of 4 bytes */
export function setOption(fd: number, level: number, name: number, ...numbers: number[]): void {
  check("setsockopt", libc.setsockopt(fd, level, name, Int32Array.from(numbers), 4 * numbers.length));
}

/** Whatever fails while it is set up, no descriptor is left behind. */
export function orClose<T extends Descriptor>(socket: T, setUp: () => void): T {
  try {
    setUp();
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** socket(2), close-on-exec, of the family that this address is of. @param type SOCK_STREAM or SOCK_DGRAM, and flags */
export function createSocket(address: Uint8Array, type: number): number {
  const family = address.length === 28 ? AF_INET6 : AF_INET;
  return check("socket", libc.socket(family, type | SOCK_CLOEXEC, 0));
}

/** fcntl(2), F_GETFL. @throws SocketError for a number that is no descriptor */
export const flagsOf = (fd: number): number => check("fcntl", libc.fcntl(fd, F_GETFL, 0));

/** getsockopt(2), an option that is one number. @throws SocketError EBADF, or ENOTSOCK for what is no socket */
export function numberOption(fd: number, name: number): number {
  const value = new Int32Array(1);
  check("getsockopt", libc.getsockopt(fd, SOL_SOCKET, name, value, Int32Array.of(4)));
  return value[0]!;
}

/** @throws SocketError where it is no descriptor of a socket, TypeError for another kind of socket */
export function checkStream(fd: number): void {
  checkDescriptor(fd);
  checkNotClosing(fd, "getsockopt");
  if (numberOption(fd, SO_TYPE) !== SOCK_STREAM) throw new TypeError(`descriptor ${fd} is no stream socket`);
}

export function check(syscall: string, result: number, about?: string): number {
  if (result === -1) throw new SocketError(syscall, libc.errno(), about);
  return result;
}
