import Table from "cli-table3";
import type pc from "picocolors";
import type { Comparison } from "./compare.ts";
import type {
  IdleResult,
  LoadResult,
  LoadRow,
  LoadSummary,
  Measure,
  Percentile,
  ScenarioResult,
  SyscallsResult,
} from "./result.ts";
import { percent } from "./run.ts";
import type { Cell, Rate } from "./scenario.ts";
import { type Judgement, median } from "./statistics.ts";
import { count, size, time } from "./units.ts";

type Colors = ReturnType<typeof pc.createColors>;

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
  cell: ({ cpuPerReply }) => (cpuPerReply === null ? "-" : time(cpuPerReply / 1000)),
});
const rate = (head: string): Column => ({
  head,
  cell: ({ limit, rate }) => (limit === "generator" ? AT_LEAST : "") + count(rate),
});
const percentile = (name: "p50" | "p99"): Column => ({ head: name, cell: (summary) => latency(summary[name]) });
const longestWait: Column = { head: "longest wait", cell: ({ longestWait }) => time(longestWait) };
const interval: Column = {
  head: "95 % of medians",
  cell: ({ value: { low, high } }) => `${count(low)} … ${count(high)}`,
  wide: true,
};
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
    {
      head: "PSS/client",
      cell: ({ memoryPerClient }) => (memoryPerClient === null ? "-" : size(Math.max(0, memoryPerClient))),
    },
    ...[interval, ratio],
  ],
  "open-loop": [
    { head: "offered/s", cell: ({ offeredRate }) => count(offeredRate!) },
    ...[percentile("p50"), percentile("p99"), served],
    { head: "late p99", cell: ({ latenessP99 }) => (latenessP99 === null ? "-" : time(latenessP99)), wide: true },
    { head: "service p99", cell: ({ serviceP99 }) => (serviceP99 === null ? "-" : time(serviceP99)), wide: true },
    { ...ratio, wide: true },
  ],
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
export function renderScenario(result: ScenarioResult, reference: string, colors: Colors, width = 80): string {
  const title = `${colors.bold(result.scenario)} · ${result.shows}`;
  const text =
    result.kind === "idle"
      ? [title, idle(result, colors)]
      : result.kind === "syscalls"
        ? [title, colors.dim(settings(result.cell)), syscalls(result, colors)]
        : [title, colors.dim(loadSettings(result)), load(result, reference, colors, width)];
  return text.join("\n").replace(/ +$/gm, "");
}

/** What changed between two runs, table by table. */
export function renderComparison({ scenario, cell, measure, rows }: Comparison, colors: Colors): string {
  const table = newTable(["model", "before", "after", "times as fast"], colors);
  const shown = ({ unit }: Measure, value: number) =>
    unit === "1/s" ? count(value) : time(unit === "ms" ? value : value / 1000);
  for (const { model, before, after, ratio, low, high, verdict } of rows)
    table.push([
      folded(model),
      shown(measure, before),
      shown(measure, after),
      judged({ ratio, low, high }, verdict, colors),
    ]);
  const title = `${colors.bold(scenario)} · ${measure.name}`;
  const body = rows.length > 0 ? table.toString() : "  no server has a rank in both";
  return [title, colors.dim(settings(cell)), body].join("\n").replace(/ +$/gm, "");
}

/** `50 clients · 64 B a message`, and what else is not as usual. */
function settings({ clients, bytes, depth, rate, topology }: Cell): string {
  return [
    clients === 1 ? "1 client" : `${count(clients)} clients`,
    `${size(bytes)} a message`,
    ...(depth > 1 ? [`${depth} under way each`] : []),
    ...(rate ? [rateText(rate)] : []),
    ...(topology === "split" ? [] : [`topology ${topology}`]),
  ].join(" · ");
}

const rateText = (rate: Rate) =>
  "share" in rate ? `${Math.round(rate.share * 100)} % of each one's capacity` : `${count(rate.perSecond)} messages/s`;

function loadSettings({ cell, rows, resolution, repeated }: LoadResult): string {
  const blocks = Math.max(0, ...rows.map(({ windows }) => windows.length));
  const control = rows.some(({ role }) => role !== "row");
  const without = control ? "resolution unknown, so no verdicts" : "no control, so no verdicts";
  return [
    settings(cell),
    `${blocks} block${blocks === 1 ? "" : "s"}`,
    ...(repeated > 0 ? [`${repeated} repeated`] : []),
    resolution ? `resolution ${percent(resolution)}` : without,
  ].join(" · ");
}

function idle({ rows }: IdleResult, colors: Colors): string {
  const table = newTable(["model", "start", "memory", "memory/client", "CPU"], colors);
  for (const { model, samples, error } of rows) {
    if (error || samples.length === 0) {
      table.push([folded(model), { colSpan: 4, content: colors.red(error ?? "not measured") }]);
      continue;
    }
    const of = (value: (sample: (typeof samples)[number]) => number) => median(samples.map(value));
    const cpu = of((sample) => sample.cpuShare);
    const share = cpu < 0.01 ? "< 1 %" : `${Math.round(cpu * 100)} %`;
    table.push([
      ...[folded(model), time(of((sample) => sample.startTime)), size(of((sample) => sample.memory[0]!.bytes))],
      ...[size(of((sample) => sample.memoryPerClient)), cpu > 0.5 ? colors.red(share) : share],
    ]);
  }
  return table.toString();
}

function syscalls({ rows, tool }: SyscallsResult, colors: Colors): string {
  if (!tool) return colors.yellow("  neither perf nor strace can count here: install one, or run as root");
  const table = newTable(["model", "calls/msg", "sleeps/msg", "CPU/msg", "explained", "most frequent"], colors);
  for (const { model, error, calls, voluntary, cpuPerMessage, explained } of rows) {
    if (error) {
      table.push([folded(model), { colSpan: 5, content: colors.red(error) }]);
      continue;
    }
    const all = Object.values(calls).reduce((sum, calls) => sum + calls, 0);
    const most = Object.entries(calls)
      .slice(0, 2)
      .map(([call, calls]) => `${call} ${count(calls)}`);
    table.push([
      ...[folded(model), count(all), voluntary < 0.005 ? "0" : voluntary.toFixed(2), time(cpuPerMessage / 1000)],
      ...[`${Math.round((explained / cpuPerMessage) * 100)} %`, most.join("\n")],
    ]);
  }
  return `${table.toString()}\n${colors.dim(`  counted by ${tool}`)}`;
}

function load(result: LoadResult, reference: string, colors: Colors, width: number): string {
  const shown = columns[result.scenario]!.filter(({ wide }) => !wide || width >= WIDE);
  const bases = new Set(
    result.rows.flatMap(({ role, comparedWith }) => (role === "row" && comparedWith ? comparedWith : [])),
  );
  const base = bases.size > 1 ? "what it was" : ([...bases][0] ?? reference);
  const table = newTable(["model", ...shown.map(({ head }) => head.replace("reference", base))], colors);
  for (const row of bestFirst(result)) {
    const { model, error, summary } = row;
    if (error || !summary)
      table.push([folded(model), { colSpan: shown.length, content: colors.red(error ?? "not measured") }]);
    else table.push([folded(model), ...shown.map(({ cell }) => cell(summary, row, colors))]);
  }
  return [table.toString(), ...footnotes(result, colors)].join("\n");
}

/** A model's options and its revision on lines of their own: `busy-wait` over `:when-nothing=back-off`. */
const folded = (model: string) => model.replaceAll(/[:@]/g, "\n$&");

/** The rows without the control's; who left clients without an answer comes last. */
function bestFirst({ rows, measure }: LoadResult): LoadRow[] {
  const sign = measure.better === "less" ? 1 : -1;
  const rank = ({ summary }: LoadRow) => (summary?.ranked ? sign * summary.value.value : Number.MAX_VALUE);
  return rows.filter(({ role }) => role === "row").sort((a, b) => rank(a) - rank(b));
}

/** What the numbers must not be read without. */
function footnotes({ rows, valid }: LoadResult, colors: Colors): string[] {
  const notes: string[] = [];
  const own = rows.filter(({ role }) => role === "row");
  if (own.some(({ summary }) => summary?.limit === "generator")) {
    notes.push(`  ${AT_LEAST}the load generator was the limit: the server may be able to do more.`);
  }
  const above = own.filter(({ model, summary }) => model !== "sequential" && summary?.cpuAboveSequential != null);
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

const latency = (percentile: Percentile | null) =>
  percentile === null ? "-" : `${percentile.atLeast ? AT_LEAST : ""}${time(percentile.milliseconds)}`;

function comparison({ effect, verdict, ranked }: LoadSummary, { comparedWith }: LoadRow, colors: Colors): string {
  if (!ranked) return colors.red("not ranked");
  if (!effect) return comparedWith === null ? colors.dim("reference") : "-";
  return judged(effect, verdict, colors);
}

/** `1.27x [1.10, 1.46] faster` */
function judged(
  { ratio, low, high }: { ratio: number; low: number; high: number },
  verdict: Judgement | null,
  colors: Colors,
): string {
  const short = (value: number) => (value < 0.1 ? String(Number(value.toPrecision(2))) : value.toPrecision(3));
  const text = `${short(ratio)}x [${short(low)}, ${short(high)}]`;
  if (verdict === "faster") return `${text} ${colors.green(verdict)}`;
  if (verdict === "slower") return `${text} ${colors.red(verdict)}`;
  return verdict === null ? text : `${text} ${verdict}`; // without a control there is none
}

function newTable(head: string[], colors: Colors) {
  const none =
    "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid";
  return new Table({
    head: head.map((text) => colors.dim(text)),
    chars: { ...Object.fromEntries(none.split(" ").map((place) => [place, ""])), middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, i) => (i === 0 || i === head.length - 1 ? "left" : "right")),
  });
}
