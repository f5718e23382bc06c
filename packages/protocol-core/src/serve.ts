import type { Address } from "./address.ts";

/**
 * One concurrency model: listens, calls `listening` once, and serves until the process ends.
 * It may block for ever (the blocking models do) or return while callbacks go on (the event loop does).
 */
export type Serve = (options: ServeOptions, listening: (address: Address) => void) => void | Promise<void>;

export interface ServeOptions {
  /** A numeric IPv4 or IPv6 address: names are resolved before. */
  readonly host: string;
  /** 0 to 65535; 0 lets the kernel choose. */
  readonly port: number;
  /** Connections the kernel completes and queues before `accept`; at most net.core.somaxconn (listen(2)). */
  readonly backlog: number;
  /** Clients served at the same time; `Infinity` where the model has no limit of its own. */
  readonly maxConnections: number;
  /** The model's own options, as its model.json declares them. */
  readonly own: Readonly<Record<string, string>>;
}

/** The person who typed the command can mend it: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode = 2;
}
