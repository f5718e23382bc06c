import { SocketError } from "./errors.ts";
import * as libc from "./libc.ts";
import { AF_INET, AF_INET6, decodeAddress, type SocketAddress } from "./sockaddr.ts";

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_REUSEPORT = 15;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_NOSIGNAL = 0x4000;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/** What a socket is, whatever it speaks: a descriptor that somebody owns, and closes once. */
export abstract class Descriptor {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** O_NONBLOCK (fcntl(2)). A socket that was accepted is blocking, whatever its listener is. */
  setBlocking(blocking: boolean): void {
    const flags = flagsOf(this.fd);
    check("fcntl", libc.fcntl(this.fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
  }

  /** Whether its calls wait, by the descriptor's own flags. */
  get isBlocking(): boolean {
    return (flagsOf(this.fd) & O_NONBLOCK) === 0;
  }

  /** getsockname(2): where this socket is bound. */
  address(): SocketAddress {
    const bytes = new Uint8Array(28);
    check("getsockname", libc.getsockname(this.fd, bytes, Int32Array.of(bytes.length)));
    return decodeAddress(bytes);
  }

  /** close(2). A second call does nothing: the number may be another socket's by now. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc.close(this.fd);
  }

  /** setsockopt(2) */
  protected setOption(level: number, name: number, value: Int32Array): void {
    check("setsockopt", libc.setsockopt(this.fd, level, name, value, value.byteLength));
  }

  /** Whatever fails on the way, no descriptor is left behind. */
  protected orClose(setUp: () => void): this {
    try {
      setUp();
      return this;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** socket(2), close-on-exec, of the family that this address is of. @param type SOCK_STREAM or SOCK_DGRAM, and flags */
export function createSocket(address: Uint8Array, type: number): number {
  const family = address.length === 28 ? AF_INET6 : AF_INET;
  return check("socket", libc.socket(family, type | SOCK_CLOEXEC, 0));
}

/** fcntl(2), F_GETFL. @throws SocketError for a number that is no descriptor */
export const flagsOf = (fd: number): number => check("fcntl", libc.fcntl(fd, F_GETFL, 0));

export function check(syscall: string, result: number, about?: string): number {
  if (result === -1) throw new SocketError(syscall, libc.errno(), about);
  return result;
}
