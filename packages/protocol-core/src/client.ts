import { clientIsGone } from "./failures.ts";

/** A connected client whose calls never wait: each returns -1 for "nothing there yet". */
export interface NonBlockingStream {
  tryRecv(into: Uint8Array): number;
  trySend(from: Uint8Array, start: number, end: number): number;
}

// One for all clients: between two steps, a client that owes nothing holds no memory.
const chunk = new Uint8Array(64 * 1024);

/**
 * The service, never waiting. It receives only when it owes nothing: order, bounded memory (at most 64 KiB
 * owed) and half-close follow from that one rule. One receive a step, so that no client keeps the others waiting.
 */
export class Client<S extends NonBlockingStream> {
  readonly socket: S;
  /** What the last step said. */
  waitsFor: "readable" | "writable" = "readable";
  #owed: Uint8Array | undefined;

  constructor(socket: S) {
    this.socket = socket;
  }

  /** What to wait for before the next step; `finished` after the client's FIN or reset: the caller closes. */
  step(): "readable" | "writable" | "finished" {
    try {
      let hasRoom = !this.#owed || this.#send(this.#owed, this.#owed.length);
      if (hasRoom) {
        const length = this.socket.tryRecv(chunk);
        if (length === 0) return "finished";
        hasRoom = length < 0 || this.#send(chunk, length);
      }
      this.waitsFor = hasRoom ? "readable" : "writable";
      return this.waitsFor;
    } catch (error) {
      if (clientIsGone(error)) return "finished";
      throw error;
    }
  }

  /** True when all of it is sent; else the rest is owed. */
  #send(from: Uint8Array, end: number): boolean {
    let start = 0;
    while (start < end) {
      const sent = this.socket.trySend(from, start, end);
      if (sent === -1) {
        this.#owed = from === chunk ? from.slice(start, end) : from.subarray(start);
        return false;
      }
      start += sent;
    }
    this.#owed = undefined;
    return true;
  }
}
