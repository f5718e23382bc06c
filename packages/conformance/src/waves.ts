import type { Subject } from "./subject.ts";

/** Clients that come at the same time: more would not fit into a short backlog. */
const AT_ONCE = 10;
/** How many clients are asked for what goes wrong by chance; a thread or a process for each takes its time. */
const CLIENTS = { none: 50, thread: 10, process: 10 };

/** `many` clients one after the other, or a quarter of them where a thread or a process is started for each. */
export const fewerToStart = (subject: Subject, many: number): number =>
  subject.model.manifest.isolation === "none" ? many : many / 4;

/**
 * The same thing done by many clients, as many at the same time as are served at once, and ten at most. Those that
 * come at the same time find a server that is busy: what one of them sends has arrived as a whole before it looks.
 */
export async function inWaves(
  subject: Subject,
  visitAll: (count: number, wave: number) => Promise<void>,
): Promise<void> {
  const { clients, overload } = subject.model.manifest;
  // A server that refuses may still count those of the wave before for a moment.
  const hasSpare = clients === "many" || overload === "queue";
  const size = hasSpare ? subject.atMost(AT_ONCE) : Math.max(1, Math.floor(subject.atMost(AT_ONCE) / 2));
  const waves = Math.ceil(CLIENTS[subject.model.manifest.isolation] / size);
  for (let wave = 0; wave < waves; wave += 1) await visitAll(size, wave);
}
