import { type AtRest, atRest } from "./at-rest.ts";
import type { IdleResult, LoadResult, LoadRow, ScenarioResult, SyscallsResult } from "./result.ts";
import { count, time } from "./units.ts";
import { sizeOrNone } from "./words.ts";

/** A ratio below this is no finding: in a table without a control, whose few blocks judge nobody, more is asked. */
const notable = ({ resolution }: LoadResult) => (resolution === null ? 5 : 2);

/**
 * What the numbers say, in words, the plainest first. Each sentence is computed: other numbers, another sentence or
 * none.
 */
export function findings(scenarios: readonly ScenarioResult[]): string[] {
  const load = (name: string) =>
    scenarios.filter((each): each is LoadResult => each.scenario === name && each.kind === "load");
  const [first] = load("round-trip");
  const idle = scenarios.find(({ kind }) => kind === "idle") as IdleResult | undefined;
  const calls = scenarios.filter(({ kind }) => kind === "syscalls") as SyscallsResult[];
  return [
    queue(load("crowd")[0]),
    starvation(load("throughput")[0], first),
    newcomer(load("churn")[0]),
    ...rest(idle),
    harm(load("slow-client")[0]),
    ...growth(load("scaling")),
    flip([...load("round-trip"), ...load("throughput")]),
    latency(first),
    tail(load("open-loop")),
    ...calls.slice(-1).map(explained),
  ].filter((sentence) => sentence !== undefined);
}

/** Below it an interval is of so few blocks that a factor is "about" one. */
const SURE = 0.9;

/** How many times as much, said with as much certainty as there is. */
const times = (factor: number, ...rows: readonly LoadRow[]) =>
  `${rows.some(({ summary }) => summary!.value.coverage < SURE) ? "about " : ""}${count(factor)} times`;

/** Whether what was measured of two rows does not overlap. */
const areApart = (a: LoadRow, b: LoadRow) =>
  a.summary!.value.high < b.summary!.value.low || b.summary!.value.high < a.summary!.value.low;

/** Who makes a crowd wait longest, against who makes it wait least. */
function queue(crowd: LoadResult | undefined): string | undefined {
  const [best, worst] = extremes(ranked(crowd), (row) => row.summary!.value.value);
  if (!crowd || !best || worst!.summary!.value.value < notable(crowd) * best.summary!.value.value) return undefined;
  if (!areApart(best, worst!)) return undefined;
  const factor = worst!.summary!.value.value / best.summary!.value.value;
  return (
    `${worst!.model} takes ${times(factor, best, worst!)} as long as ${best.model} to serve a crowd of ${crowd.cell.clients}; ` +
    `the longest wait for one answer is ${time(worst!.summary!.longestWait)} instead of ${time(best.summary!.longestWait)}.`
  );
}

/** Who leaves clients without any answer; and whether it is the cheapest of all when there is one client only. */
function starvation(throughput: LoadResult | undefined, alone: LoadResult | undefined): string | undefined {
  const row = rows(throughput).find(({ summary }) => !summary!.ranked);
  if (!row) return undefined;
  const { served, offered, rate } = row.summary!;
  const [cheapest] = extremes(ranked(alone), (row) => row.summary!.cpuPerReply ?? Number.POSITIVE_INFINITY);
  const best =
    cheapest?.model === row.model ? `With one client nobody needs less CPU per message than ${row.model}; but ` : "";
  const who = best ? "it" : row.model;
  return `${best}${who} serves ${served} of ${offered} clients at ${count(rate)} messages/s and leaves the others without any answer: it is not ranked.`;
}

/** What a new client costs: in clients a second, and in CPU. */
function newcomer(churn: LoadResult | undefined): string | undefined {
  const cost = (row: LoadRow) => (row.summary!.cpuPerReply ?? 0) / 1000;
  const [slowest, fastest] = extremes(ranked(churn), (row) => row.summary!.value.value);
  if (!slowest || !fastest || !areApart(slowest, fastest)) return undefined;
  const factor = fastest.summary!.value.value / slowest.summary!.value.value;
  if (factor < notable(churn!)) return undefined;
  return (
    `Where clients come for one message, ${fastest.model} serves ${times(factor, slowest, fastest)} as many as ${slowest.model}: ` +
    `each costs ${time(cost(fastest))} of CPU instead of ${time(cost(slowest))}.`
  );
}

/** Who burns a core at rest, and whose clients take memory. */
function rest(idle: IdleResult | undefined): (string | undefined)[] {
  const there = idle ? atRest(idle) : [];
  const [, burner] = extremes(there, ({ cpu }) => cpu);
  const keepers = there.filter(({ memoryPerClient }) => memoryPerClient !== null);
  const most = Math.max(...keepers.map(({ clients }) => clients));
  const ofMany = keepers.filter(({ clients }) => clients === most);
  const perClient = ({ memoryPerClient }: AtRest) => memoryPerClient!;
  const [, keeper] = extremes(keepers, perClient);
  // A pool of eight has all that its clients need before they come: that is no answer to many.
  const [least] = extremes(ofMany, perClient);
  const thrifty = least === keeper ? "" : `; ${least!.model} keeps ${sizeOrNone(least!.memoryPerClient)}`;
  return [
    burner && burner.cpu > 0.5
      ? `${burner.model} uses ${Math.round(burner.cpu * 100)} % of a core while nobody says a word.`
      : undefined,
    keeper && keeper.memoryPerClient! > 2 ** 20
      ? `${keeper.model} keeps ${sizeOrNone(keeper.memoryPerClient)} of memory for each idle client${thrifty}.`
      : undefined,
  ];
}

/** Who is stopped by clients who do harm. */
function harm(slowClient: LoadResult | undefined): string | undefined {
  const stopped = rows(slowClient).filter(({ summary }) => !summary!.ranked);
  if (!slowClient || stopped.length === 0) return undefined;
  const who = stopped.map(({ model, summary }) => `${model} (${summary!.served} of ${summary!.offered} served)`);
  return `A few clients who stall are enough to stop ${who.join(", ")}; the others serve everybody else.`;
}

/** Whose messages cost more as silent clients come, and whose least. */
function growth(scaling: readonly LoadResult[]): (string | undefined)[] {
  const small = scaling[0];
  const large = scaling.at(-1);
  if (!small || !large || small === large) return [];
  const factors = ranked(large).flatMap((row) => {
    const before = ranked(small).find(({ model }) => model === row.model)?.summary?.cpuPerReply;
    const after = row.summary!.cpuPerReply;
    return before && after && row.clients === large.cell.clients ? [{ model: row.model, factor: after / before }] : [];
  });
  const [least, most] = extremes(factors, ({ factor }) => factor);
  if (!least || most!.factor < notable(large)) return [];
  return [
    `With ${count(large.cell.clients)} clients instead of ${count(small.cell.clients)}, and the same few talking, a message costs ${most!.model} ` +
      `${count(most!.factor)} times as much CPU, and ${least.model} ${count(least.factor)} times.`,
  ];
}

/** Who wins with a processor of its own, and loses when it shares one. */
function flip(results: readonly LoadResult[]): string | undefined {
  const on = (topology: string) => results.find(({ cell }) => cell.topology === topology);
  const [split, shared] = [on("split"), on("shared")];
  if (!split || !shared || split.scenario !== shared.scenario) return undefined;
  for (const row of ranked(split)) {
    const own = row.summary!.effect;
    const beside = ranked(shared).find(({ model }) => model === row.model)?.summary?.effect;
    if (!own || !beside || !(own.low > 1 && beside.high < 1)) continue;
    return (
      `${row.model} is ${count(own.ratio)} times as fast as ${row.comparedWith} with a processor of its own, and ` +
      `${count(beside.ratio)} times as fast when it shares one with its clients (${split.scenario}).`
    );
  }
  return undefined;
}

/** Who answers one client fastest. */
function latency(roundTrip: LoadResult | undefined): string | undefined {
  const known = ranked(roundTrip).filter(({ summary }) => summary!.p50 !== null);
  const p50 = (row: LoadRow) => row.summary!.p50!.milliseconds;
  const [best, worst] = extremes(known, p50);
  if (!best || !(p50(worst!) > 1.2 * p50(best))) return undefined;
  return `One client alone is answered in ${time(p50(best))} by ${best.model}, in ${time(p50(worst!))} by ${worst!.model} (medians).`;
}

/** Whose slowest hundredth waits longest, at the same rate for all. */
function tail(openLoop: readonly LoadResult[]): string | undefined {
  const common = openLoop.filter(({ cell }) => cell.rate && "perSecond" in cell.rate).at(-1);
  const p99 = (row: LoadRow) => row.summary!.p99!.milliseconds;
  const [best, worst] = extremes(
    ranked(common).filter(({ summary }) => summary!.p99 !== null),
    p99,
  );
  if (!best || !(p99(worst!) >= notable(common!) * p99(best))) return undefined;
  const bound = worst!.summary!.p99!.atLeast ? "at least " : "";
  return (
    `At ${count(best.summary!.offeredRate!)} messages/s, whatever has been answered, 99 % are back within ` +
    `${time(p99(best))} from ${best.model}, within ${bound}${time(p99(worst!))} from ${worst!.model}.`
  );
}

/** How much of a message's CPU is the kernel's, and where it is not. */
function explained({ rows }: SyscallsResult): string | undefined {
  const share = (row: (typeof rows)[number]) => row.explained! / row.cpuPerMessage;
  const [least, most] = extremes(
    rows.filter(({ error, explained }) => error === null && explained !== null),
    share,
  );
  if (!least || least === most) return undefined;
  const percent = (row: (typeof rows)[number]) => `${Math.round(share(row) * 100)} %`;
  return (
    `Its system calls and wake-ups explain ${percent(most!)} of the CPU that a message costs ${most!.model}, and ` +
    `${percent(least)} of what it costs ${least.model}: the rest is spent above the kernel.`
  );
}

const rows = (result: LoadResult | undefined): LoadRow[] =>
  result?.rows.filter(({ role, summary }) => role === "row" && summary) ?? [];

const ranked = (result: LoadResult | undefined) => rows(result).filter(({ summary }) => summary!.ranked);

/** The rows with the smallest and the largest value. */
function extremes<T>(all: readonly T[], value: (row: T) => number): [T | undefined, T | undefined] {
  const sorted = [...all].sort((a, b) => value(a) - value(b));
  return [sorted[0], sorted.at(-1)];
}
