import type { Readable } from "node:stream";
import { entryFailure } from "./control-group.ts";
import type { Model } from "./discovery.ts";
import type { Enclosure } from "./enclosure.ts";
import { unguardSession } from "./guard.ts";
import { spawned } from "./launch.ts";
import { Limited, type Limits } from "./limits.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { startedIn } from "./started.ts";
import { end } from "./stop.ts";
import { within } from "./within.ts";

/** Characters of each stream that are kept: the first errors say most. */
const MOST_KEPT = 65_536;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command of a model until it ends, and then ends all that it has left running.
 * @throws Error where there is no such program, where it takes longer than `mostMs`, or too much memory
 */
export async function runToEnd(
  model: Model,
  command: readonly string[],
  limits: Limits,
  enclosure: Enclosure,
  mostMs: number,
): Promise<Run> {
  const limited = new Limited(limits, enclosure);
  try {
    const child = await spawned(model, command, [], limited, enclosure, true);
    const started = startedIn(enclosure, child);
    const watch = new MemoryWatch(limits.memory, started, limited);
    watch.begin();
    const [stdout, stderr] = [gathered(child.stdout!), gathered(child.stderr!)];
    const closed = new Promise((resolve) => child.once("close", resolve));
    const ending = await within(mostMs, started.ended);
    watch.end();
    if (await end(started, limited)) unguardSession(child.pid!);
    await within(500, closed); // what it wrote last may be on its way
    if (watch.exceeded) throw new Error(`it ${watch.exceeded}`);
    if (!ending) throw new Error(`it took more than ${mostMs / 60_000} minutes`);
    if (ending.signal) throw new Error(`it was ended by ${ending.signal}: ${stderr()}`);
    const neverRan = entryFailure(ending.code, stderr());
    if (neverRan) throw new Error(neverRan);
    return { code: ending.code, stdout: stdout(), stderr: stderr() };
  } finally {
    limited.release();
  }
}

function gathered(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    if (text.length < MOST_KEPT) text += more;
  });
  return () => text;
}
