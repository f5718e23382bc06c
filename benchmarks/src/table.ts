import Table from "cli-table3";
import type pc from "picocolors";
import type { IdleResult, LoadResult, LoadRow, LoadSummary } from "./result.ts";
import { percent } from "./run.ts";
import { scenarios } from "./scenarios.ts";
import { median } from "./statistics.ts";
import { count, size, time } from "./units.ts";

type Colors = ReturnType<typeof pc.createColors>;

/** A column: its head, and what it shows of a row. The first one is the model's name. */
type Column = readonly [head: string, cell: (summary: LoadSummary, colors: Colors) => string];

/** Marks a number that the load generator, and not the server, kept from being larger. */
const AT_LEAST = "≥ ";

const ratio: Column = ["vs reference", (summary, colors) => comparison(summary, colors)];
const served: Column = [
  "served",
  ({ served, offered, ranked }, colors) => (ranked ? `${served}/${offered}` : colors.red(`${served}/${offered}`)),
];
const cpu = ({ cpuPerReply }: LoadSummary) => (cpuPerReply === null ? "-" : time(cpuPerReply / 1000));
const atLeast = ({ limit }: LoadSummary) => (limit === "generator" ? AT_LEAST : "");

const columns: Record<string, readonly Column[]> = {
  "round-trip": [
    ["p50", ({ p50 }) => (p50 === null ? "-" : time(p50))],
    ["p99", ({ p99 }) => (p99 === null ? "-" : time(p99))],
    ["CPU/msg", cpu],
    ratio,
  ],
  throughput: [["msg/s", (summary) => atLeast(summary) + count(summary.value)], served, ["CPU/msg", cpu], ratio],
  churn: [["clients/s", (summary) => atLeast(summary) + count(summary.value)], ["CPU/client", cpu], ratio],
  crowd: [
    ["all served in", ({ value }) => time(value * 1000)],
    ["p50", ({ p50 }) => (p50 === null ? "-" : time(p50))],
    ["longest wait", ({ longestWait }) => time(longestWait)],
    ["fairness", ({ effectiveClients, offered }) => (effectiveClients / offered).toFixed(2)],
    served,
  ],
};

/** One scenario as a person reads it at 80 columns. */
export function renderScenario(result: LoadResult | IdleResult, reference: string, colors: Colors): string {
  const { shows } = scenarios.find(({ name }) => name === result.scenario)!;
  const title = `${colors.bold(result.scenario)} · ${shows}`;
  const body = result.kind === "idle" ? idle(result, colors) : load(result, reference, colors);
  return [title, colors.dim(settings(result)), body].join("\n").replace(/ +$/gm, "");
}

function settings(result: LoadResult | IdleResult): string {
  if (result.kind === "idle")
    return `${result.clients} clients connect and stay silent; a model with fewer places, fewer`;
  const blocks = Math.max(...result.rows.map(({ windows }) => windows.length));
  const clients = result.clients === 1 ? "1 client" : `${result.clients} clients`;
  const control = result.rows.some(({ role }) => role !== "row");
  const without = control ? "resolution unknown, so no verdicts" : "no control, so no verdicts";
  const resolved = result.resolution ? `resolution ${percent(result.resolution)}` : without;
  return `${clients} · ${result.bytes} B a message · ${blocks} block${blocks === 1 ? "" : "s"} · ${resolved}`;
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
      ...[folded(model), time(of((sample) => sample.startTime)), size(of((sample) => sample.memory))],
      ...[size(of((sample) => sample.memoryPerClient)), cpu > 0.5 ? colors.red(share) : share],
    ]);
  }
  return table.toString();
}

function load(result: LoadResult, reference: string, colors: Colors): string {
  const shown = columns[result.scenario]!;
  const table = newTable(["model", ...shown.map(([head]) => head.replace("reference", reference))], colors);
  for (const row of bestFirst(result)) {
    const { model, error, summary } = row;
    if (error || !summary)
      table.push([folded(model), { colSpan: shown.length, content: colors.red(error ?? "not measured") }]);
    else {
      const cells = shown.map(([, cell]) => cell(summary, colors));
      if (model === reference && summary.ranked && shown.at(-1) === ratio)
        cells[cells.length - 1] = colors.dim("reference");
      table.push([folded(model), ...cells]);
    }
  }
  return [table.toString(), ...footnotes(result, colors)].join("\n");
}

/** A model's options on lines of their own: `busy-wait` over `:when-nothing=back-off`. */
const folded = (model: string) => model.replaceAll(":", "\n:");

/** The rows without the control's; who left clients without an answer comes last. */
function bestFirst({ rows, scenario }: LoadResult): LoadRow[] {
  const sign = scenario === "crowd" ? 1 : -1; // a time: the shorter the better
  const rank = ({ summary }: LoadRow) => (summary?.ranked ? sign * summary.value : Number.MAX_VALUE);
  return rows.filter(({ role }) => role === "row").sort((a, b) => rank(a) - rank(b));
}

/** What the numbers must not be read without. */
function footnotes({ rows, valid }: LoadResult, colors: Colors): string[] {
  const notes: string[] = [];
  const limited = (row: LoadRow) => row.role === "row" && row.summary?.limit === "generator";
  if (rows.some(limited)) {
    notes.push(`  ${AT_LEAST}the load generator was the limit: the server may be able to do more.`);
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

function comparison({ effect, verdict, ranked }: LoadSummary, colors: Colors): string {
  if (!ranked) return colors.red("not ranked");
  if (!effect) return "-";
  const { ratio, low, high } = effect;
  const short = (value: number) => (value < 0.1 ? String(Number(value.toPrecision(2))) : value.toPrecision(3));
  const text = `${short(ratio)}x [${short(low)}, ${short(high)}]`;
  if (verdict === "faster") return `${text} ${colors.green(verdict)}`;
  if (verdict === "slower") return `${text} ${colors.red(verdict)}`;
  return verdict === null ? text : `${text} ${verdict}`; // without a control there is none
}

function newTable(head: string[], colors: Colors) {
  const none = [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ];
  return new Table({
    head: head.map((text) => colors.dim(text)),
    chars: { ...Object.fromEntries(none.map((place) => [place, ""])), middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, i) => (i === 0 || i === head.length - 1 ? "left" : "right")),
  });
}
