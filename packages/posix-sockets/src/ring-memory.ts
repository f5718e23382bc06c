import { EINVAL, ENOMEM, ENOSYS, EPERM, UnavailableError } from "./errors.ts";
import * as libc from "./libc.ts";

// What IoUring and its buffers need of the machine: memory that the kernel shares, and words for where it does not.

/** The two words of an address. */
export const words = (address: number): [low: number, high: number] => [address | 0, Math.floor(address / 2 ** 32)];

export function map(length: number, flags: number, fd = -1, offset = 0): number {
  const address = libc.mmap(length, flags, fd, offset);
  if (address === -1) throw refused("mmap", libc.errno());
  return address;
}

/** Puts memory of our own where that which we shared was: a view of it may be about. */
export function replace(at: number, length: number): void {
  libc.mmap(length, libc.MAP_MEMORY | libc.MAP_FIXED, -1, 0, at);
}

/** Says what can be done about it. */
export function refused(syscall: string, errno: number): UnavailableError {
  const about: Record<number, string> = {
    [EPERM]: "io_uring is forbidden here: see /proc/sys/kernel/io_uring_disabled, and the sandbox's seccomp profile",
    [ENOSYS]: "this kernel has no io_uring, or a sandbox (seccomp) hides it",
    [EINVAL]: "io_uring needs Linux 6.1 or newer here",
    [ENOMEM]: "its memory could not be had: see ulimit -l and ulimit -v",
  };
  return new UnavailableError(syscall, errno, about[errno] && `(${about[errno]})`);
}
