/**
 * An endless stream of bytes that looks random and is the same for the same seed, so that a byte
 * lost, doubled or moved is found, and found again. Word `i` is a hash of `seed` and `i` (MurmurHash3's finalizer).
 */
export class SeededBytes {
  readonly #seed: number;
  #word = 0;

  /** @param seed any integer; only its lowest 32 bits count */
  constructor(seed: number) {
    this.#seed = Math.imul(seed | 0, 0x9e3779b1);
  }

  /** The next `length` bytes; what is left of the last 4-byte word is passed over. */
  next(length: number): Uint8Array<ArrayBuffer> {
    const words = new Uint32Array(Math.ceil(length / 4));
    for (let i = 0; i < words.length; i += 1) {
      let hash = this.#seed ^ Math.imul(this.#word++, 0x9e3779b9);
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      words[i] = hash ^ (hash >>> 16);
    }
    return new Uint8Array(words.buffer, 0, length);
  }
}
