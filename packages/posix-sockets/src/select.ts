import { checkDescriptor, describe, FOR_EVER, toMilliseconds } from "./checks.ts";
import { EINTR, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";

/** Descriptors from here on do not fit into an FdSet, whatever RLIMIT_NOFILE allows (select(2)). */
export const FD_SETSIZE = 1024;

/** For the kernel only: the bits, and where they end. A subclass has no say in it. */
let bitsOf: (set: FdSet) => Int32Array;
let endOf: (set: FdSet) => number;

/** A set of descriptors as select(2) takes it: a bit for each number below FD_SETSIZE. */
export class FdSet {
  static {
    bitsOf = (set) => set.#bits;
    endOf = (set) => set.#end;
  }

  readonly #bits = new Int32Array(FD_SETSIZE / 32);
  #end = 0;

  /** No descriptor in the set has this number, or a higher one. */
  get end(): number {
    return this.#end;
  }

  /** @throws RangeError for a descriptor from FD_SETSIZE on: in C it would overwrite what stands behind the set */
  add(fd: number): void {
    if (fd >>> 0 !== fd || fd >= FD_SETSIZE)
      throw new RangeError(
        `descriptor ${describe(fd)} does not fit into a set of select: it takes 0 to ${FD_SETSIZE - 1}`,
      );
    this.#bits[fd >>> 5]! |= 1 << (fd & 31);
    if (fd >= this.#end) this.#end = fd + 1;
  }

  remove(fd: number): void {
    checkDescriptor(fd);
    if (fd < FD_SETSIZE) this.#bits[fd >>> 5]! &= ~(1 << (fd & 31));
  }

  has(fd: number): boolean {
    return fd >>> 0 === fd && fd < FD_SETSIZE && (this.#bits[fd >>> 5]! & (1 << (fd & 31))) !== 0;
  }

  clear(): void {
    this.#bits.fill(0);
    this.#end = 0;
  }
}

/**
 * select(2): waits until one of `readable` can be read, or one of `writable` written. It leaves in each set those that
 * can, and takes out all others: before the next call, all have to be added anew.
 * @param timeout milliseconds, a fraction is rounded up; 0 asks and returns at once, -1 and Infinity wait for ever
 * @returns how many can; 0, and empty sets, when the time is over or a signal came
 */
export function select(readable: FdSet, writable: FdSet, timeout: number): number {
  const [reads, writes] = [bitsOf(readable), bitsOf(writable)];
  const end = Math.max(endOf(readable), endOf(writable));
  const milliseconds = toMilliseconds(timeout);
  const time =
    milliseconds === FOR_EVER
      ? null
      : BigInt64Array.of(BigInt(Math.floor(milliseconds / 1000)), BigInt((milliseconds % 1000) * 1000));
  const count = libc.select(end, reads, writes, null, time);
  if (count !== -1) return count;
  const errno = libc.errno();
  if (errno !== EINTR) throw new SocketError("select", errno);
  readable.clear(); // after a signal the kernel leaves them as they were
  writable.clear();
  return 0;
}
