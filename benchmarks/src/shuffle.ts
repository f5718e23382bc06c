import { SeededBytes } from "@echolab/protocol-core";

/** Random orders, the same for the same seed (Fisher and Yates). */
export class Shuffle {
  readonly #random: SeededBytes;

  constructor(seed: number) {
    this.#random = new SeededBytes(seed);
  }

  order<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const word = new DataView(this.#random.next(4).buffer).getUint32(0);
      const other = Math.floor((word / 2 ** 32) * (last + 1));
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    return shuffled;
  }
}
