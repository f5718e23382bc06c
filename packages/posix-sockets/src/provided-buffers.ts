import { checkIndex } from "./checks.ts";
import * as libc from "./libc.ts";
import { Arena, type Mappings, PAGE_BYTES } from "./ring-memory.ts";

/** The most that a ring of buffers may have; their memory comes as it is used. */
export const BUFFERS = 32_768;
/** Bytes of one buffer: the most that one receive brings. */
export const BUFFER_BYTES = PAGE_BYTES;
const ENTRY_BYTES = 16; // struct io_uring_buf

// Whose a buffer is; 0 is free. Used by two at once, one connection would read what another has said.
const OURS = 1;
const KERNELS = 2;
const UNDER_WAY = 3;
const STATES = ["free: takeBuffer gives it", "ours", "the kernel's", "under way: it is being sent"];

/** The buffers that io_uring receives into (io_uring_register(2), IORING_REGISTER_PBUF_RING), and those we send from. */
export class ProvidedBuffers {
  /** The address of their ring, which has `BUFFERS` entries. */
  readonly ring: number;
  readonly #arena = new Arena(BUFFERS);
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  /** The address of buffer 0, in units of 64 KiB: to compute with it, integers of 32 bits are enough. */
  readonly #first: number;
  readonly #states = new Uint8Array(BUFFERS);
  #given = 0;
  #made = 0;

  constructor(mappings: Mappings) {
    this.ring = mappings.map(BUFFERS * ENTRY_BYTES, libc.MAP_MEMORY);
    const entries = libc.view(this.ring, BUFFERS * ENTRY_BYTES);
    this.#words = new Int32Array(entries);
    this.#halves = new Uint16Array(entries);
    this.#first = this.#arena.at / BUFFER_BYTES;
  }

  /** All of them, one after the other. */
  get memory(): Uint8Array {
    return this.#arena.bytes;
  }

  /** One that was never used; -1 where there are no more. It is ours. */
  take(): number {
    if (this.#made === BUFFERS) return -1;
    this.#states[this.#made] = OURS;
    this.#made += 1;
    return this.#made - 1;
  }

  /** It is the kernel's from now on. @throws RangeError for one that is not ours */
  give(buffer: number): void {
    this.#checkOurs(buffer);
    this.#states[buffer] = KERNELS;
    const slot = this.#given & (BUFFERS - 1);
    const unit = this.#first + buffer;
    this.#words[slot * 4] = unit << 16;
    this.#words[slot * 4 + 1] = unit / 2 ** 16;
    this.#words[slot * 4 + 2] = BUFFER_BYTES;
    this.#halves[slot * 8 + 6] = buffer;
    this.#given = (this.#given + 1) & 0xffff;
    // The tail stands where the first entry has two bytes to spare.
    Atomics.store(this.#halves, 7, this.#given);
  }

  /** It is under way until `sent`. @returns where it begins, in units of 64 KiB @throws RangeError for one that is not ours */
  send(buffer: number): number {
    this.#checkOurs(buffer);
    this.#states[buffer] = UNDER_WAY;
    return this.#first + buffer;
  }

  /** The kernel has received into it, or is done with sending from it: it is ours again. */
  done(buffer: number): void {
    this.#states[buffer] = OURS;
  }

  /** The kernel must have done with all of them. */
  release(): void {
    this.#arena.release();
  }

  #checkOurs(buffer: number): void {
    checkIndex(buffer, BUFFERS);
    const state = this.#states[buffer]!;
    if (state !== OURS) throw new RangeError(`buffer ${buffer} is not ours: it is ${STATES[state]}`);
  }
}
