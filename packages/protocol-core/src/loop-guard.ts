import type { Address } from "./address.ts";

/** Answers that one peer can have at once: on a fast path, a loop has used them up within a second or two. */
const MOST = 5000;
/** So many are put back in a second. */
const RATE = 500;
/** Peers that are remembered; who was heard of least lately is forgotten first. */
const MOST_PEERS = 10_000;

/**
 * Whom a UDP echo server may answer. Anybody can forge a sender, and two servers that answer each other never stop
 * (CERT CA-1996-01, CVE-2024-2169): so neither a port below 1024, nor our own, nor what is no single host; and each
 * peer has a bucket of answers, which one that sends our answers back empties.
 */
export class LoopGuard {
  readonly #ownPort: number;
  readonly #peers = new Map<string, { answers: number; at: number }>();

  constructor(ownPort: number) {
    this.#ownPort = ownPort;
  }

  mayAnswer({ host, port }: Address, now = performance.now()): boolean {
    if (port < 1024 || port === this.#ownPort || /^(22[4-9]\.|2[3-5]\d\.|ff)/.test(host)) return false;
    const peer = `${host} ${port}`;
    const { answers, at } = this.#peers.get(peer) ?? { answers: MOST, at: now };
    const left = Math.min(MOST, answers + ((now - at) / 1000) * RATE);
    this.#peers.delete(peer);
    this.#peers.set(peer, { answers: Math.max(0, left - 1), at: now });
    if (this.#peers.size > MOST_PEERS) this.#peers.delete(this.#peers.keys().next().value!);
    return left >= 1;
  }
}
