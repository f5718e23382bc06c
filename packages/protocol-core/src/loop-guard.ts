import type { Address } from "./address.ts";

/** Answers that one peer can have at once: on a fast path, a loop has used them up within a second or two. */
const MOST = 5000;
/** Answers that are put back in a second. */
const RATE = 500;
/** Peers that are remembered: the last half of this number at least. */
const MAX_PEERS = 10_000;

// Multicast, reserved and broadcast addresses of IPv4, also as IPv6 writes them (RFC 4291, 2.5.5.2: ::ffff:224.0.0.1 or
// ::ffff:e000:1), and multicast of IPv6.
const IS_NO_SINGLE_HOST = /^(::ffff:)?(22[4-9]|2[3-5]\d)\.|^::ffff:[ef][\da-f]{3}:|^ff/i;

/**
 * Whom a UDP echo server may answer. Anybody can forge a sender, and two servers that answer each other never stop
 * (CERT CA-1996-01, CVE-2024-2169): so neither a port below 1024, nor our own, nor what is no single host; and each
 * peer has a bucket of answers, which one that sends our answers back empties.
 */
export class LoopGuard {
  readonly #ownPort: number;
  // Two generations: when the newer one is full, the older one is dropped whole. A single map would have to find the peer
  // to forget, and a Map of JavaScript looks for its first entry behind all those that were deleted before.
  #newer = new Map<string, { answers: number; at: number }>();
  #older = this.#newer;

  constructor(ownPort: number) {
    this.#ownPort = ownPort;
  }

  mayAnswer({ host, port }: Address, now = performance.now()): boolean {
    if (port < 1024 || port === this.#ownPort || IS_NO_SINGLE_HOST.test(host)) return false;
    const bucket = this.#bucket(`${host} ${port}`, now);
    const answers = Math.min(MOST, bucket.answers + ((now - bucket.at) / 1000) * RATE);
    bucket.answers = Math.max(0, answers - 1);
    bucket.at = now;
    return answers >= 1;
  }

  #bucket(peer: string, now: number): { answers: number; at: number } {
    const known = this.#newer.get(peer);
    if (known) return known;
    const bucket = this.#older.get(peer) ?? { answers: MOST, at: now };
    if (this.#newer.size >= MAX_PEERS / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(peer, bucket);
    return bucket;
  }
}
