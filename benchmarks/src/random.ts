import { SeededBytes } from "@echolab/protocol-core";

/** Numbers that look random, the same for the same seed. */
export class Random {
  readonly #bytes: SeededBytes;

  constructor(seed: number) {
    this.#bytes = new SeededBytes(seed);
  }

  /** Evenly spread between 0 and 1, both excluded. */
  next(): number {
    const word = new DataView(this.#bytes.next(4).buffer).getUint32(0, true);
    return (word + 0.5) / 2 ** 32;
  }

  /** A random order (Fisher and Yates). */
  order<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.next() * (last + 1));
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    return shuffled;
  }
}
