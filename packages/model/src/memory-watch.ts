import { proportionalMemory } from "./proc.ts";
import type { Started } from "./started.ts";

const LOOK_EVERY_MS = 500;

/** Ends a server that uses more memory than it may. */
export class MemoryWatch {
  /** What it has exceeded, in words. */
  exceeded: string | undefined;
  readonly #mostBytes: number | undefined;
  readonly #started: Started;
  #timer: NodeJS.Timeout | undefined;

  constructor(mostBytes: number | undefined, started: Started) {
    this.#mostBytes = mostBytes;
    this.#started = started;
  }

  /** Looks now, and then twice a second. */
  begin(): void {
    if (this.#mostBytes !== undefined) this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    if (this.#mostBytes === undefined) return;
    if (proportionalMemory(this.#started.processes().map(({ pid }) => pid)) <= this.#mostBytes) return;
    this.exceeded = `used more than ${Math.round(this.#mostBytes / 2 ** 20)} MiB of memory`;
    this.#started.kill();
  }
}
