import { readFileSync } from "node:fs";
import { TICK } from "@echolab/model";

/** More than so much of a processor used by others, or taken by the hypervisor, and the block is done again. */
const FOREIGN = 0.25;
const STEAL = 0.1;

export interface Noise {
  /** Processors that others used. */
  readonly foreign: number;
  /** Processors that the hypervisor took. */
  readonly steal: number;
  /** Times that a control group's quota made the run wait; left out where there is no quota. */
  readonly throttled?: number;
}

interface Ticks {
  readonly busy: number;
  readonly steal: number;
}

/**
 * What everybody has used from `before` until `now`, less what the run itself has used.
 * @param own CPU time of the run in milliseconds: server, load generator and runner
 * @param elapsed milliseconds
 */
export function noise(before: Ticks, now: Ticks, own: number, elapsed: number): Noise {
  const foreign = ((now.busy - before.busy) * TICK - own) / elapsed;
  // The kernel counts ticks, and a window has 20 of them: less than nothing is nothing.
  return { foreign: Math.max(0, foreign), steal: ((now.steal - before.steal) * TICK) / elapsed };
}

export const isNoisy = ({ foreign, steal, throttled = 0 }: Noise) =>
  foreign > FOREIGN || steal > STEAL || throttled > 0;

/** Of these processors together (proc(5)). */
export function processorTicks(processors: ReadonlySet<number>, stat = readFileSync("/proc/stat", "utf8")): Ticks {
  let [busy, steal] = [0, 0];
  for (const [, processor, fields] of stat.matchAll(/^cpu(\d+) (.*)$/gm)) {
    if (!processors.has(Number(processor))) continue;
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = fields!.split(" ").map(Number);
    busy += user + nice + system + irq + softirq;
    steal += stolen;
  }
  return { busy, steal };
}
