// The arithmetic of a ring that a program shares with the kernel (io_uring(7)): head and tail only ever grow, wrap
// around at 2^32, and say with their lowest bits which slot they mean. Whoever writes an index publishes with it what
// stands before it, so both are read and written through Atomics.

/** The program's end of the submission queue: we write the tail, the kernel writes the head. */
export class Producer {
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #slots: number;
  #next: number;

  /** @param slots a power of two */
  constructor(head: Int32Array, tail: Int32Array, slots: number) {
    this.#head = head;
    this.#tail = tail;
    this.#slots = slots;
    this.#next = tail[0]!;
  }

  /** How many slots are filled that the kernel has not taken yet. */
  get pending(): number {
    return (this.#next - Atomics.load(this.#head, 0)) | 0;
  }

  get isFull(): boolean {
    return this.pending === this.#slots;
  }

  /** The slot to fill next. Only where the ring is not full. */
  get slot(): number {
    return this.#next & (this.#slots - 1);
  }

  /** The slot to fill next is filled; `publish` shows it to the kernel. @returns its index, for `isPending` */
  claim(): number {
    const index = this.#next;
    this.#next = (index + 1) | 0;
    return index;
  }

  /** Whether the kernel has not taken yet what was claimed with this index, which is not long ago. */
  isPending(index: number): boolean {
    return ((index - Atomics.load(this.#head, 0)) | 0) >= 0;
  }

  publish(): void {
    Atomics.store(this.#tail, 0, this.#next);
  }
}

/** The program's end of the completion queue: the kernel writes the tail, we write the head. */
export class Consumer {
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #slots: number;
  #first: number;

  /** @param slots a power of two */
  constructor(head: Int32Array, tail: Int32Array, slots: number) {
    this.#head = head;
    this.#tail = tail;
    this.#slots = slots;
    this.#first = head[0]!;
  }

  /** How many slots the kernel has filled that are not released yet. */
  get available(): number {
    return (Atomics.load(this.#tail, 0) - this.#first) | 0;
  }

  /** The slot of the `i`-th of them. */
  slot(i: number): number {
    return (this.#first + i) & (this.#slots - 1);
  }

  /** Gives the first `count` back to the kernel. */
  release(count: number): void {
    this.#first = (this.#first + count) | 0;
    Atomics.store(this.#head, 0, this.#first);
  }
}
