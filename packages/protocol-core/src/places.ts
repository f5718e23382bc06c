/**
 * Free places under a limit, for the models that give each client a thread or a process of its own. For one loop that
 * accepts: a second one that waited in `free` at the same time could take the same place.
 */
export class Places {
  #left: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#left = limit;
  }

  /** Resolves once a place is free: at once, or when somebody leaves. */
  async free(): Promise<void> {
    while (this.#left <= 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  take(): void {
    this.#left -= 1;
  }

  leave(): void {
    this.#left += 1;
    this.#waiting.shift()?.();
  }
}
