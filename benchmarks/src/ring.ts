import type { IoUring } from "@echolab/posix-sockets";

/** A user of the ring; the ring calls it when an operation is done. */
export interface Asking {
  connected(): void;
  /** @param more whether the same receive goes on */
  received(result: number, buffer: number, more: boolean): void;
  sent(result: number): void;
}

/** One ring serves all pollers of a process. */
export class Ring {
  readonly ring: IoUring;
  /** Its buffers, to copy from and to. */
  readonly memory: Buffer;
  /** By descriptor. */
  readonly streams: Asking[] = [];
  /** Buffers that nothing is sent from: the last one used first, for the processor still has it. */
  readonly #spare: number[] = [];

  constructor(ring: IoUring) {
    const { buffer, byteOffset, length } = ring.memory;
    this.ring = ring;
    this.memory = Buffer.from(buffer, byteOffset, length);
  }

  /** A buffer to send from, until `giveBack`. */
  take(): number {
    const buffer = this.#spare.pop() ?? this.ring.takeBuffer();
    if (buffer === -1) throw new Error("io_uring has no buffer for one more connection");
    return buffer;
  }

  giveBack(buffer: number): void {
    this.#spare.push(buffer);
  }
}
