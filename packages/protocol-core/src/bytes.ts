/**
 * An endless stream of bytes that looks random and is the same for the same seed, so that a byte
 * lost, doubled or moved is found, and found again. Word `i` is a hash of `seed` and `i` (MurmurHash3's finalizer).
 */
export class SeededBytes {
  readonly #seed: number;
  #position = 0;

  /** @param seed any integer; only its lowest 32 bits count */
  constructor(seed: number) {
    this.#seed = Math.imul(seed | 0, 0x9e3779b1);
  }

  /** The next `length` bytes, in memory of their own. */
  next(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#position;
    this.#position += length;
    const first = Math.floor(start / 4);
    const words = new Uint32Array(Math.ceil(this.#position / 4) - first);
    for (let i = 0; i < words.length; i += 1) {
      let hash = this.#seed ^ Math.imul(first + i, 0x9e3779b9);
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      words[i] = hash ^ (hash >>> 16);
    }
    return new Uint8Array(words.buffer, start % 4, length);
  }
}
