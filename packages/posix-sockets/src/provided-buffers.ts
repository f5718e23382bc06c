import * as libc from "./libc.ts";
import { map } from "./ring-memory.ts";

/** The most that a ring of buffers may have; their memory comes as it is used. */
export const BUFFERS = 32_768;
/** Bytes of one buffer: the most that one receive brings. */
export const BUFFER_BYTES = 64 * 1024;
const ENTRY_BYTES = 16; // struct io_uring_buf

/** The buffers that io_uring receives into (io_uring_register(2), IORING_REGISTER_PBUF_RING), and those we send from. */
export class ProvidedBuffers {
  /** The address of their ring, which has `BUFFERS` entries. */
  readonly ring: number;
  /** All of them, one after the other. */
  readonly memory: Uint8Array;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  /** The address of buffer 0, in units of 64 KiB: to compute with it, integers of 32 bits are enough. */
  readonly #first: number;
  #given = 0;
  #made = 0;

  constructor() {
    this.ring = map(BUFFERS * ENTRY_BYTES, libc.MAP_MEMORY);
    const entries = libc.view(this.ring, BUFFERS * ENTRY_BYTES);
    this.#words = new Int32Array(entries);
    this.#halves = new Uint16Array(entries);
    // One buffer more than there are, so that the first can begin at a multiple of its size.
    this.#first = Math.ceil(map((BUFFERS + 1) * BUFFER_BYTES, libc.MAP_MEMORY) / BUFFER_BYTES);
    this.memory = new Uint8Array(libc.view(this.#first * BUFFER_BYTES, BUFFERS * BUFFER_BYTES));
  }

  /** Where a buffer begins, in units of 64 KiB. */
  unit(buffer: number): number {
    return this.#first + buffer;
  }

  /** One that nobody has had yet; -1 where there are no more. */
  take(): number {
    if (this.#made === BUFFERS) return -1;
    this.#made += 1;
    return this.#made - 1;
  }

  /** It is the kernel's from now on. */
  give(buffer: number): void {
    const slot = this.#given & (BUFFERS - 1);
    const unit = this.unit(buffer);
    this.#words[slot * 4] = unit << 16;
    this.#words[slot * 4 + 1] = unit / 2 ** 16;
    this.#words[slot * 4 + 2] = BUFFER_BYTES;
    this.#halves[slot * 8 + 6] = buffer;
    this.#given = (this.#given + 1) & 0xffff;
    // The tail stands where the first entry has two bytes to spare.
    Atomics.store(this.#halves, 7, this.#given);
  }
}
