import { EPOLLIN, EPOLLOUT } from "@echolab/posix-sockets";
import type { Hostile } from "./generator-protocol.ts";
import type { Stream } from "./poller.ts";

/** Milliseconds between two bytes of a client that drips. */
export const DRIP = 100;

const scrap = Buffer.alloc(64 * 1024, "echo");

/** A client who does harm: by what it does, and by what it does not. Whatever the server does to it is right. */
export class HostileClient {
  readonly stream: Stream;
  readonly #kind: keyof Hostile;
  readonly #half: number;
  #gone = false;
  #connected = false;

  /** @param bytes the size of a message, of which `half` sends the half */
  constructor(kind: keyof Hostile, bytes: number, stream: Stream) {
    this.#kind = kind;
    this.#half = Math.min(scrap.length, Math.ceil(bytes / 2));
    this.stream = stream;
  }

  /** Returns true when it is connected now and was not before. */
  connect(): boolean {
    if (this.#connected) return false;
    this.#connected = true;
    this.#orGone(() => {
      const error = this.stream.pendingError();
      if (error) throw error;
      if (this.#kind === "half") this.stream.trySend(scrap, 0, this.#half);
      // Who never reads is told of room only; the others read, so that nothing but their one fault is seen.
      this.stream.want(this.#kind === "neverReads" ? EPOLLOUT : EPOLLIN);
    });
    return true;
  }

  /** It has room, or something to read. */
  ready(): void {
    this.#orGone(() => {
      if (this.#kind === "neverReads") {
        this.stream.trySend(scrap, 0, scrap.length);
      } else if (this.stream.tryRecv(scrap) === 0) this.close();
    });
  }

  /** Sends its one byte, if that is what it does. */
  drip(): void {
    if (this.#kind === "drip") this.#orGone(() => this.stream.trySend(scrap, 0, 1));
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.stream.close();
  }

  #orGone(act: () => void): void {
    if (this.#gone) return;
    try {
      act();
    } catch {
      this.close();
    }
  }
}
