import type { Model } from "./discovery.ts";
import { type Enclosure, NO_NAMESPACE, namespaceOrSession } from "./enclosure.ts";
import { isForeign } from "./foreign.ts";
import { FOREIGN_FILE_BYTES, FOREIGN_LIMITS, type Limits } from "./limits.ts";

export interface StartOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. A word that is no port is passed on as it is: the server must refuse it. */
  readonly port?: number | string;
  /** Words after the model's command, e.g. `["--max-connections", "2"]`. */
  readonly words?: readonly string[];
  /** The processors it may run on, as `taskset --cpu-list` writes them; default: all. */
  readonly cpus?: string;
  /** Milliseconds until it must be ready; default 60,000. */
  readonly deadline?: number;
  /** What it may have at most, with all that it starts; default: no limit for a server of this checkout. */
  readonly limits?: Limits | undefined;
  /** A program that runs the model's command, e.g. `["strace", "-f"]`. */
  readonly under?: readonly string[] | undefined;
  /** What it runs in; default: a session for a server of this checkout, a PID namespace for a stranger's. */
  readonly enclosure?: Enclosure | undefined;
  /** It is measured: a look at its memory costs time, and so comes only until it is first parked, and when it is parked. */
  readonly isMeasured?: boolean;
}

/** The same, with what was left to the server's origin. */
export interface Settled extends StartOptions {
  readonly enclosure: Enclosure;
}

let isWarned = false;
function warnOnce(): void {
  if (!isWarned) console.error(`warning: ${NO_NAMESPACE}`);
  isWarned = true;
}

/** A stranger's server has limits everywhere, and all that it starts is known. */
export function withDefaults(model: Model, options: StartOptions): Settled {
  if (!isForeign(model)) return { ...options, enclosure: options.enclosure ?? "session" };
  const enclosure = options.enclosure ?? namespaceOrSession();
  if (!options.enclosure && enclosure === "session") warnOnce();
  const limits = { ...FOREIGN_LIMITS, fileSize: FOREIGN_FILE_BYTES, ...options.limits };
  return { ...options, enclosure, limits };
}
