import { SeededBytes } from "@echolab/protocol-core";

/** Numbers from 0 to 1, the same for the same seed. */
export function fractions(seed: number): () => number {
  const bytes = new SeededBytes(seed);
  return () => Buffer.from(bytes.next(4)).readUInt32BE() / 2 ** 32;
}
