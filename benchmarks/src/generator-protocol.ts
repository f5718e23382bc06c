// What the runner asks of the load generator, and what it answers: one JSON value a line, each way.

export type Command = Connect | WarmUp | ClosedLoop | Churn | Crowd | Disconnect;

/** Who is asked: `target` names a set of connections that is kept from command to command. */
interface To {
  readonly target: string;
  readonly host: string;
  readonly port: number;
}

/** Makes `clients` connections. Answers `connected`. */
export interface Connect extends To {
  readonly op: "connect";
  readonly clients: number;
  /** The size of a message. */
  readonly bytes: number;
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

/** Each client sends a message, waits for the whole of it, sends the next: one window. */
export interface ClosedLoop {
  readonly op: "closed-loop";
  readonly target: string;
  readonly milliseconds: number;
  /** Ask the kernel round and round, or sleep until something comes. */
  readonly poll: "busy" | "blocking";
}

/** `clients` at a time connect, send one message, read it, send FIN, wait for the server's FIN, and come again. */
export interface Churn extends To {
  readonly op: "churn";
  readonly clients: number;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly poll: "busy" | "blocking";
}

/** `clients` arrive at once; each asks `requests` times with a pause of `think` ms after each answer, then leaves. */
export interface Crowd extends To {
  readonly op: "crowd";
  readonly clients: number;
  readonly requests: number;
  readonly think: number;
  readonly bytes: number;
  /** Milliseconds after which whoever is left is given up. */
  readonly deadline: number;
}

export interface Disconnect {
  readonly op: "disconnect";
  readonly target: string;
}

/** What one window saw. Times are in milliseconds; latencies in the histogram are in nanoseconds. */
export interface WindowReport {
  /** Measured time. */
  readonly elapsed: number;
  /** Answers within `elapsed`, every byte of them compared. */
  readonly replies: number;
  /** Answers altogether, those included that came while the window closed. */
  readonly repliesInAll: number;
  /** Clients that asked, and those of them that got at least one answer. */
  readonly offered: number;
  readonly served: number;
  /** Those that got at least one in this window or in one before it. */
  readonly everServed: number;
  /** Requests that had no answer at the end. */
  readonly unanswered: number;
  /** The longest that a client waited for an answer, whether it came or not. */
  readonly longestWait: number;
  /** (sum of x)^2 / sum of x^2 over the answers x of each client (Jain): 1 to `offered`. */
  readonly effectiveClients: number;
  /** Base64 of a compressed HDR histogram. */
  readonly latency: string;
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
