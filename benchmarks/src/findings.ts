import type { IdleResult, IdleRow, LoadResult, LoadRow } from "./result.ts";
import { median } from "./statistics.ts";
import { count, size, time } from "./units.ts";

/** What the numbers say, in words. Each sentence is computed: other numbers, another sentence or none. */
export function findings(scenarios: readonly (LoadResult | IdleResult)[]): string[] {
  const load = (name: string) =>
    scenarios.find((each) => each.scenario === name && each.kind === "load") as LoadResult | undefined;
  const idle = scenarios.find((each) => each.kind === "idle");
  return [
    queue(load("crowd")),
    starvation(load("throughput")),
    newcomer(load("churn")),
    ...atRest(idle),
    latency(load("round-trip")),
  ]
    .filter((sentence) => sentence !== undefined)
    .slice(0, 5);
}

/** Who makes a crowd wait longest, against who makes it wait least. */
function queue(crowd: LoadResult | undefined): string | undefined {
  const [best, worst] = extremes(ranked(crowd), (row) => row.summary!.value);
  if (!crowd || !best || worst!.summary!.value < 2 * best.summary!.value) return undefined;
  const times = worst!.summary!.value / best.summary!.value;
  return (
    `${worst!.model} takes ${count(times)} times as long as ${best.model} to serve a crowd of ${crowd.clients}; ` +
    `the longest wait for one answer is ${time(worst!.summary!.longestWait)} instead of ${time(best.summary!.longestWait)}.`
  );
}

/** Who leaves clients without any answer. */
function starvation(throughput: LoadResult | undefined): string | undefined {
  const row = rows(throughput).find(({ summary }) => !summary!.ranked);
  if (!row) return undefined;
  const { served, offered, value } = row.summary!;
  return `${row.model} serves ${served} of ${offered} clients at ${count(value)} messages/s and leaves the others without any answer: it is not ranked.`;
}

/** What a new client costs, in CPU. */
function newcomer(churn: LoadResult | undefined): string | undefined {
  const cost = (row: LoadRow) => (row.summary!.cpuPerReply ?? 0) / 1000;
  const [best, worst] = extremes(ranked(churn), cost);
  if (!best || !worst || cost(best) === 0 || cost(worst) < 2 * cost(best)) return undefined;
  return (
    `A client that comes for one message costs ${worst.model} ${time(cost(worst))} of CPU, ` +
    `${count(cost(worst) / cost(best))} times what it costs ${best.model} (${time(cost(best))}).`
  );
}

/** Who burns a core at rest, and whose clients take memory. */
function atRest(idle: IdleResult | undefined): (string | undefined)[] {
  const there = idle?.rows.filter(({ samples }) => samples.length > 0) ?? [];
  const cpu = (row: IdleRow) => median(row.samples.map((sample) => sample.cpuShare));
  const memory = (row: IdleRow) => median(row.samples.map((sample) => sample.memoryPerClient));
  const burner = extremes(there, cpu)[1];
  const [, keeper] = extremes(there, memory);
  return [
    burner && cpu(burner) > 0.5
      ? `${burner.model} uses ${Math.round(cpu(burner) * 100)} % of a core while nobody says a word.`
      : undefined,
    keeper && memory(keeper) > 2 ** 20
      ? `${keeper.model} keeps ${size(memory(keeper))} of memory for each idle client.`
      : undefined,
  ];
}

/** Who answers one client fastest. */
function latency(roundTrip: LoadResult | undefined): string | undefined {
  const known = ranked(roundTrip).filter(({ summary }) => summary!.p50 !== null);
  const [best, worst] = extremes(known, (row) => row.summary!.p50!);
  if (!best || !(worst!.summary!.p50! > 1.2 * best.summary!.p50!)) return undefined;
  return `One client alone is answered in ${time(best.summary!.p50!)} by ${best.model}, in ${time(worst!.summary!.p50!)} by ${worst!.model} (medians).`;
}

const rows = (result: LoadResult | undefined): LoadRow[] =>
  result?.rows.filter(({ role, summary }) => role === "row" && summary) ?? [];

const ranked = (result: LoadResult | undefined) => rows(result).filter(({ summary }) => summary!.ranked);

/** The rows with the smallest and the largest value. */
function extremes<T>(all: readonly T[], value: (row: T) => number): [T | undefined, T | undefined] {
  const sorted = [...all].sort((a, b) => value(a) - value(b));
  return [sorted[0], sorted.at(-1)];
}
