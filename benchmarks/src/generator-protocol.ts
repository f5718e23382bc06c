// What the runner asks of the load generator, and what it answers: one JSON value a line, each way.

import type { Distribution } from "./distribution.ts";

export type Command = Connect | WarmUp | OpenWindow | Disconnect;

/** Who comes, and what they do. */
export interface Load {
  /** Clients at the same time. */
  readonly clients: number;
  /** The size of a message. */
  readonly bytes: Distribution;
  /** Milliseconds between an answer and the next message of the same client. */
  readonly think: Distribution;
  /** Messages that a client has under way before it waits for an answer (pipelining). Not used in an open loop. */
  readonly depth: number;
  /** Messages after which a client leaves; null: it stays, over all windows. */
  readonly requests: number | null;
  /** Whether one that has left comes again at once. */
  readonly again: boolean;
  /** Clients who do harm; they come first. */
  readonly hostile: Hostile;
}

/** How many of each kind; left out: none. */
export interface Hostile {
  /** Connects and says nothing. */
  readonly silent?: number;
  /** Sends half of a message, and nothing more. */
  readonly half?: number;
  /** Sends as much as the kernel takes, and never reads. */
  readonly neverReads?: number;
  /** Sends a byte every 100 ms. */
  readonly drip?: number;
}

/** Names a set of connections, `target`, and makes those that stay. Answers `connected`. */
export interface Connect {
  readonly op: "connect";
  readonly target: string;
  readonly protocol: "tcp" | "udp";
  readonly host: string;
  readonly port: number;
  readonly load: Load;
}

/** Until `places` clients have been served once, or nobody new for `nobodyNew` ms; then `milliseconds` or `messages` of closed loop. */
export interface WarmUp {
  readonly op: "warm-up";
  readonly target: string;
  readonly places: number;
  readonly nobodyNew: number;
  readonly milliseconds: number;
  readonly messages: number;
}

/** Messages that are sent when their time has come, whatever has been answered: an open loop. */
export interface Arrivals {
  /** Messages a second, of all clients together. */
  readonly rate: number;
  /** Poisson: independent of one another. Uniform: evenly spaced. */
  readonly process: "poisson" | "uniform";
  /** Makes this window's plan; the same number, the same plan. */
  readonly seed: number;
}

/** One measured window. */
export interface OpenWindow {
  readonly op: "window";
  readonly target: string;
  /** Milliseconds in which messages are sent. It ends before that when everybody has left. */
  readonly milliseconds: number;
  /** Ask the kernel round and round, or sleep until something comes. */
  readonly poll: "busy" | "blocking";
  /** Null: a closed loop, in which a client waits for its answer before it sends again. */
  readonly arrivals: Arrivals | null;
}

export interface Disconnect {
  readonly op: "disconnect";
  readonly target: string;
}

/** What one window saw. Times are in milliseconds; histograms hold nanoseconds, as base64 of a compressed HDR histogram. */
export interface WindowReport {
  /** When it began, in milliseconds of CLOCK_MONOTONIC. */
  readonly startedAt: number;
  /** Measured time. */
  readonly elapsed: number;
  /** Answers within `elapsed`, every byte of them compared. */
  readonly replies: number;
  /** Answers altogether, those included that came while the window closed. */
  readonly repliesInAll: number;
  /** Bytes of `repliesInAll`. */
  readonly bytes: number;
  /** Whether the clients are those of the window before; else they came in this one, and left. */
  readonly stay: boolean;
  /** Clients that asked, and those of them that got at least one answer. */
  readonly offered: number;
  readonly served: number;
  /** Those that got at least one in this window or in one before it. */
  readonly everServed: number;
  /** Requests that had no answer at the end. */
  readonly unanswered: number;
  /** The shortest time that one of those had waited by then: percentiles from there on are lower bounds; null without any. */
  readonly censoredFrom: number | null;
  /** The longest that a client waited for an answer, whether it came or not. */
  readonly longestWait: number;
  /** (sum of x)^2 / sum of x^2 over the answers x of each client (Jain): 1 to `offered`. */
  readonly effectiveClients: number;
  /** Answers of each client, where clients stay and are at most 100; else empty. */
  readonly shares: readonly number[];
  /** From the intended send to the last byte of the answer; the waits of the unanswered included, as far as they got. */
  readonly latency: string;
  /** From the real send to the last byte; null in a closed loop, where it is the same. */
  readonly service: string | null;
  /** From the intended to the real send: the generator's own lateness; null in a closed loop. */
  readonly lateness: string | null;
  /** Messages a second that were to be sent; null in a closed loop. */
  readonly rate: number | null;
  /** Of UDP: what was lost, answered again (duplicates), and answered after a later one (reordered); null of TCP. */
  readonly datagrams: { readonly lost: number; readonly duplicates: number; readonly reordered: number } | null;
  /** The generator's own CPU time. */
  readonly generatorCpu: number;
  /** The share of the time in which the generator had something to do, 0 to 1. */
  readonly generatorBusy: number;
}

export type Answer =
  | { readonly connected: number }
  | { readonly served: number }
  | WindowReport
  | { readonly error: string };
