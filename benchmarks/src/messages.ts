import { SeededBytes } from "@echolab/protocol-core";

// A prime: two clients, or two turns of one client, seldom send the same message.
const VARIETY = 61;

/** The messages of one target: made once, so that the loop that measures allocates nothing. */
export class Messages {
  readonly #all: Buffer[];

  constructor(bytes: number, seed: number) {
    const stream = new SeededBytes(seed);
    this.#all = Array.from({ length: VARIETY }, () => Buffer.from(stream.next(bytes).buffer, 0, bytes));
  }

  /** What `client` sends as its `turn`-th message. */
  of(client: number, turn: number): Buffer {
    return this.#all[(client * 7 + turn) % VARIETY]!;
  }
}
