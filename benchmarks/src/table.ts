import type { Comparison } from "./compare.ts";
import { idleTable } from "./idle-table.ts";
import type { LoadResult, LoadRow, LoadSummary, ScenarioResult } from "./result.ts";
import type { Interval, Judgement } from "./statistics.ts";
import { syscallsTable } from "./syscalls-table.ts";
import { type Colors, folded, newTable } from "./text-table.ts";
import { count, time } from "./units.ts";
import {
  baseline,
  bestFirst,
  interval as bounds,
  ceiling,
  isLowerBound,
  percentile as latency,
  measured,
  microseconds,
  NONE,
  percent,
  precision,
  settings,
  ratio as short,
  shortOfPorts,
  sizeOrNone,
} from "./words.ts";

/** A column: its head, and what it shows of a row. The first one is the model's name. */
interface Column {
  readonly head: string;
  cell(summary: LoadSummary, row: LoadRow, colors: Colors): string;
  /** Only where there is room for it. */
  readonly wide?: boolean;
}

/** From so many columns on, a table shows more. */
const WIDE = 120;
/** Marks a number that the load generator, and not the server, kept from being larger. */
const AT_LEAST = "≥ ";

const ratio: Column = { head: "vs reference", cell: (summary, row, colors) => comparison(summary, row, colors) };
const served: Column = {
  head: "served",
  cell: ({ served, offered, ranked }, _, colors) =>
    ranked ? `${served}/${offered}` : colors.red(`${served}/${offered}`),
};
const clients: Column = { head: "clients", cell: (_, { clients }) => count(clients) };
const cpu = (head: string): Column => ({
  head,
  cell: ({ cpuPerReply }) => microseconds(cpuPerReply),
});
const rate = (head: string): Column => ({
  head,
  cell: (summary) => (isLowerBound(summary) ? AT_LEAST : "") + count(summary.rate),
});
const percentile = (name: "p50" | "p99"): Column => ({ head: name, cell: (summary) => latency(summary[name]) });
const longestWait: Column = { head: "longest wait", cell: ({ longestWait }) => time(longestWait) };
const interval: Column = {
  head: "95 % of medians",
  cell: ({ value: { low, high } }) => `${count(low)} … ${count(high)}`,
  wide: true,
};
const share = (head: string, of: (seen: NonNullable<LoadSummary["datagrams"]>) => number): Column => ({
  head,
  cell: ({ datagrams }) => (datagrams ? percent(of(datagrams)) : NONE),
});
const lost = share("lost", ({ lost }) => lost);
const unordered = [
  share("duplicates", ({ duplicates }) => duplicates),
  share("reordered", ({ reordered }) => reordered),
];
const limit: Column = { head: "limited by", cell: ({ limit }) => limit, wide: true };

const columns: Record<string, readonly Column[]> = {
  "round-trip": [percentile("p50"), percentile("p99"), cpu("CPU/msg"), interval, limit, ratio],
  throughput: [rate("msg/s"), served, cpu("CPU/msg"), interval, limit, ratio],
  size: [rate("msg/s"), cpu("CPU/msg"), interval, limit, ratio],
  churn: [rate("clients/s"), cpu("CPU/client"), interval, limit, ratio],
  crowd: [
    { head: "all served in", cell: ({ value }) => time(value.value) },
    ...[percentile("p50"), longestWait],
    { head: "fairness", cell: ({ effectiveClients, offered }) => (effectiveClients / offered).toFixed(2) },
    served,
  ],
  scaling: [
    ...[clients, cpu("CPU/msg")],
    { head: "PSS each", cell: ({ memoryPerClient }) => sizeOrNone(memoryPerClient) },
    ...[interval, ratio],
  ],
  "open-loop": [
    { head: "offered/s", cell: ({ offeredRate }) => count(offeredRate!) },
    ...[percentile("p50"), percentile("p99"), served],
    { head: "late p99", cell: ({ latenessP99 }) => (latenessP99 === null ? NONE : time(latenessP99)), wide: true },
    { head: "service p99", cell: ({ serviceP99 }) => (serviceP99 === null ? NONE : time(serviceP99)), wide: true },
    { ...ratio, wide: true },
  ],
  datagrams: [rate("msg/s"), lost, served, cpu("CPU/msg"), interval, limit, ratio],
  "lossy-network": [rate("msg/s"), lost, ...unordered, percentile("p50"), percentile("p99"), interval],
  "slow-client": [rate("msg/s"), served, longestWait, interval, ratio],
  "rate-search": [
    { head: "rate", cell: ({ value }) => count(value.value) },
    ...[percentile("p99"), interval, limit, ratio],
  ],
  workload: [
    rate("msg/s"),
    percentile("p50"),
    percentile("p99"),
    cpu("CPU/msg"),
    served,
    interval,
    { ...ratio, wide: true },
  ],
};

/** One scenario as a person reads it. @param width columns of the terminal */
export function renderScenario(result: ScenarioResult, colors: Colors, width = 80): string {
  const title = `${colors.bold(result.scenario)} · ${result.shows}`;
  return text([title, ...body(result, colors, width)]);
}

function body(result: ScenarioResult, colors: Colors, width: number): string[] {
  if (result.kind === "idle") return [idleTable(result, colors)];
  const facts = [...settings(result.cell), ...(result.kind === "load" ? precision(result) : [])];
  const table = result.kind === "load" ? load(result, colors, width) : syscallsTable(result, colors);
  return [colors.dim(joined(facts)), table];
}

/** With a dot between them, and no line longer than 80 columns. */
function joined(facts: readonly string[]): string {
  const lines: string[] = [];
  for (const fact of facts) {
    const longer = lines.length > 0 ? `${lines.at(-1)} · ${fact}` : fact;
    if (longer.length > 80 && lines.length > 0) lines.push(fact);
    else lines.splice(-1, 1, longer);
  }
  return lines.join(" ·\n");
}

/** A terminal folds no line at a no-break space, and a search there does not find one. */
const text = (lines: readonly string[]) => lines.join("\n").replaceAll("\u00a0", " ").replace(/ +$/gm, "");

/** What changed between two runs, table by table. */
export function renderComparison({ scenario, cell, measure, rows }: Comparison, colors: Colors): string {
  const table = newTable(["model", "before", "after", "times as fast"], colors);
  for (const { model, before, after, ratio, low, high, verdict } of rows)
    table.push([
      folded(model),
      measured(measure, before),
      measured(measure, after),
      judged({ ratio, low, high }, verdict, colors),
    ]);
  const title = `${colors.bold(scenario)} · ${measure.name}`;
  const body = rows.length > 0 ? table.toString() : "  no server has a rank in both";
  return text([title, colors.dim(joined(settings(cell))), body]);
}

function load(result: LoadResult, colors: Colors, width: number): string {
  const shown = columns[result.scenario]!.filter(({ wide }) => !wide || width >= WIDE);
  const base = baseline(result) ?? "what it was";
  const table = newTable(["model", ...shown.map(({ head }) => head.replace("reference", base))], colors);
  for (const row of bestFirst(result)) {
    const { model, error, summary } = row;
    if (error || !summary)
      table.push([folded(model), { colSpan: shown.length, content: colors.red(error ?? "not measured") }]);
    else table.push([folded(model), ...shown.map(({ cell }) => cell(summary, row, colors))]);
  }
  return [table.toString(), ...footnotes(result, colors)].join("\n");
}

/** What the numbers must not be read without. */
function footnotes(result: LoadResult, colors: Colors): string[] {
  const { rows, valid } = result;
  const notes: string[] = [];
  const own = rows.filter(({ role }) => role === "row");
  if (own.some(({ summary }) => summary?.limit === "generator")) {
    notes.push(`  ${AT_LEAST}the load generator was the limit: the server may be able to do more.`);
    notes.push(`    Its ceiling, as seen in this table: ${count(ceiling(result))} messages/s.`);
  }
  const ports = shortOfPorts(result);
  if (ports) notes.push(`  ${AT_LEAST}bounded by this machine's ${count(ports)} local ports.`);
  const above = own.filter(({ model, summary }) => model !== "sequential" && (summary?.cpuAboveSequential ?? 0) > 0);
  if (above.length > 0) {
    notes.push("  CPU above the sequential server's, per client:");
    for (const { model, summary } of above) notes.push(`    ${model} ${time(summary!.cpuAboveSequential! / 1000)}`);
  }
  const witness = rows.find(({ role }) => role === "A''")?.summary;
  if (!valid && witness?.effect) {
    const off = `${count(witness.effect.ratio)}x`;
    notes.push(
      colors.red(
        `  No verdicts: one server, run twice, differs from itself (${off}). The machine is too noisy now; try again.`,
      ),
    );
  }
  return notes;
}

function comparison({ effect, verdict, ranked }: LoadSummary, { comparedWith }: LoadRow, colors: Colors): string {
  if (!ranked) return colors.red("not ranked");
  if (!effect) return comparedWith === null ? colors.dim("reference") : NONE;
  return judged(effect, verdict, colors);
}

/** `1.27x [1.10, 1.46] faster` */
function judged(effect: Interval & { ratio: number }, verdict: Judgement | null, colors: Colors): string {
  const text = `${short(effect.ratio)}x ${bounds(effect, short)}`;
  if (verdict === "faster") return `${text} ${colors.green(verdict)}`;
  if (verdict === "slower") return `${text} ${colors.red(verdict)}`;
  return verdict === null ? text : `${text} ${verdict}`; // without a control there is none
}
