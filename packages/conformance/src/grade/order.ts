import type { Case } from "../case.ts";
import { needsOf } from "../cases.ts";

/** The second part of its id. */
export const groupOf = (id: string) => id.split("/")[1]!;

/** @param among where those that need one of them are looked for @returns cases that share a server, those first on which most time hangs */
export function grouped(cases: readonly Case[], among = cases): Case[][] {
  const groups = new Map<string, Case[]>();
  for (const each of cases) groups.set(groupOf(each.id), [...(groups.get(groupOf(each.id)) ?? []), each]);
  const waitsFor = (each: Case, group: readonly Case[]): boolean =>
    group.includes(each) || needsOf(each).some((need) => waitsFor(need, group));
  const slow = among.filter(({ pace }) => pace !== "quick");
  const weight = (group: readonly Case[]) => slow.filter((each) => waitsFor(each, group)).length;
  return [...groups.values()].sort((a, b) => weight(b) - weight(a));
}

/** Asks all of them, so many groups at the same time, and each case after those that it needs. */
export async function inLanes(
  cases: readonly Case[],
  lanes: number,
  ask: (group: readonly Case[]) => Promise<void>,
): Promise<void> {
  const open = new Set(cases);
  const running = new Set<Promise<void>>();
  let waiting = cases;
  const isReady = (each: Case) => needsOf(each).every((need) => !open.has(need));
  while (open.size > 0) {
    const group = running.size < lanes ? grouped(waiting.filter(isReady), waiting)[0] : undefined;
    if (!group) {
      await Promise.race(running);
      continue;
    }
    waiting = waiting.filter((each) => !group.includes(each));
    const lane = ask(group).then(() => {
      running.delete(lane);
      for (const each of group) open.delete(each);
    });
    running.add(lane);
  }
}
