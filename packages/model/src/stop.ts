import { eventually } from "./eventually.ts";
import type { Limited } from "./limits.ts";
import type { Started } from "./started.ts";

const TERM_MS = 2000;
const KILL_MS = 200;
/** How often a server that goes on is killed: one that forks for ever may have forked meanwhile. */
const MOST_KILLS = 20;

/** SIGTERM, and SIGCONT for a stopped one; SIGKILL after 2 s. @returns false where something is left that cannot be ended */
export async function end(started: Started, limited: Limited): Promise<boolean> {
  started.signal("SIGTERM");
  started.signal("SIGCONT");
  await eventually(() => isEmpty(started), TERM_MS);
  for (let kills = 0; !(await eventually(() => started.isOver, kills === 0 ? 0 : KILL_MS)); kills += 1) {
    if (kills === MOST_KILLS) return false;
    started.kill();
    limited.end();
  }
  limited.end();
  return true;
}

const isEmpty = (started: Started) =>
  started.isOver || (!started.isRunning && started.processes().every(({ state }) => state === "Z"));
