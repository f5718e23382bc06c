import { SeededBytes } from "@echolab/protocol-core";
import { type Distribution, quantile } from "./distribution.ts";

// A prime: two clients, or two turns of one client, seldom send the same message.
const VARIETY = 251;
/** So many bytes of messages are kept at the most; where they are large, there are fewer of them. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The messages of one target: made once, so that the loop that measures allocates nothing. */
export class Messages {
  readonly #all: Buffer[] = [];

  constructor(bytes: Distribution, seed: number) {
    const stream = new SeededBytes(seed);
    for (let made = 0, kept = 0; made < VARIETY && (made < 7 || kept < MOST_BYTES); made += 1) {
      // Evenly spread over the distribution, in an order that is none: 89 is a primitive step modulo 251.
      const size = Math.max(1, Math.round(quantile(bytes, (((made * 89) % VARIETY) + 0.5) / VARIETY)));
      this.#all.push(Buffer.from(stream.next(size).buffer, 0, size));
      kept += size;
    }
  }

  /** What `client` sends as its `turn`-th message. */
  of(client: number, turn: number): Buffer {
    return this.#all[(client * 7 + turn) % this.#all.length]!;
  }
}
