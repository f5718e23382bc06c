import { EINVAL, ENOMEM, ENOSYS, EPERM, UnavailableError } from "./errors.ts";
import * as libc from "./libc.ts";

// What a ring needs of the machine: memory that it shares with the kernel, and the memory of its buffers.

/** The two words of an address. */
export const words = (address: number): [low: number, high: number] => [address | 0, Math.floor(address / 2 ** 32)];

/** Mappings that are taken back together. No array over them leaves this package: to read one then ends the process. */
export class Mappings {
  readonly #all: { readonly at: number; readonly length: number }[] = [];

  /** @returns the address */
  map(length: number, flags: number, fd = -1, offset = 0): number {
    const at = libc.mmap(length, flags, fd, offset);
    if (at === -1) throw refused("mmap", libc.errno());
    this.#all.push({ at, length });
    return at;
  }

  unmap(): void {
    for (const { at, length } of this.#all.splice(0)) libc.munmap(at, length);
  }
}

/** WebAssembly's page, and the size of a buffer. */
export const PAGE_BYTES = 64 * 1024;
const MADV_DONTNEED = 4;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: { Memory: new (pages: { initial: number; maximum: number }) => Memory };

const spare: Memory[] = [];

/**
 * Memory for the buffers of a ring, which its user sees as a Uint8Array, and may keep after the ring is closed. It cannot
 * be unmapped then, for to read the array would end the process; and it must not be left, for that would be 2 GiB of
 * addresses for each ring. So it is memory of WebAssembly, the one kind that stays where it is, that no program can give
 * away, and whose arrays can be detached on all versions of Node: `grow(0)` does it, they are empty from then on, and the
 * next ring has the same memory. Pages come as they are used; V8 reserves 10 GiB of addresses for it.
 */
export class Arena {
  /** The address, a multiple of PAGE_BYTES. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly #memory: Memory;
  /** Kept here: `bytes` leaves the package, and its user can make it lie about its length. */
  readonly #length: number;

  constructor(pages: number) {
    // One page more than is asked for, so that the first can begin at a multiple of its size.
    this.#memory = spare.pop() ?? allocate(pages + 1);
    const start = libc.addressOf(new Uint8Array(this.#memory.buffer));
    this.at = Math.ceil(start / PAGE_BYTES) * PAGE_BYTES;
    this.#length = pages * PAGE_BYTES;
    this.bytes = new Uint8Array(this.#memory.buffer, this.at - start, this.#length);
  }

  /** Empties `bytes`, and gives their pages back to the machine. */
  release(): void {
    libc.madvise(this.at, this.#length, MADV_DONTNEED);
    this.#memory.grow(0);
    spare.push(this.#memory);
  }
}

function allocate(pages: number): Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    throw refused("mmap", ENOMEM);
  }
}

/** Says what can be done about it. */
export function refused(syscall: string, errno: number): UnavailableError {
  const about: Record<number, string> = {
    [EPERM]: "io_uring is forbidden here: see /proc/sys/kernel/io_uring_disabled, and the sandbox's seccomp profile",
    [ENOSYS]: "this kernel has no io_uring, or a sandbox (seccomp) hides it",
    [EINVAL]: "io_uring needs Linux 6.1 or newer here",
    [ENOMEM]: "its memory could not be had: see ulimit -l, and ulimit -v, which has to allow 12 GiB of addresses",
  };
  return new UnavailableError(syscall, errno, about[errno] && `(${about[errno]})`);
}
