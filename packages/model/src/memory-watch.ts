import type { Limited } from "./limits.ts";
import { proportionalMemory } from "./proc.ts";
import type { Started } from "./started.ts";

const LOOK_EVERY_MS = 500;

type Watched = Pick<Started, "processes" | "kill">;
type Counted = Pick<Limited, "isOutOfMemory">;

/** Ends a server that uses more memory than it may. Where there is a control group, the kernel may do so before. */
export class MemoryWatch {
  readonly #mostBytes: number | undefined;
  readonly #started: Watched;
  readonly #limited: Counted;
  #hasExceeded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(mostBytes: number | undefined, started: Watched, limited: Counted) {
    this.#mostBytes = mostBytes;
    this.#started = started;
    this.#limited = limited;
  }

  /** What it has exceeded, in words. */
  get exceeded(): string | undefined {
    if (this.#mostBytes === undefined) return undefined;
    this.#hasExceeded ||= this.#limited.isOutOfMemory;
    return this.#hasExceeded ? `used more than ${Math.round(this.#mostBytes / 2 ** 20)} MiB of memory` : undefined;
  }

  /** Looks twice a second from now on. */
  begin(): void {
    if (this.#mostBytes !== undefined) this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    void this.exceeded; // the control group, which knows it, may be gone later
  }

  look(): void {
    if (this.#mostBytes === undefined) return;
    try {
      const memory = () => proportionalMemory(this.#started.processes().map(({ pid }) => pid));
      if (!this.exceeded && memory() <= this.#mostBytes) return;
      this.#hasExceeded = true;
      this.#started.kill();
    } catch {
      // Nothing could be read, for example as too many files are open: it is looked at again.
    }
  }
}
