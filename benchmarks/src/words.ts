import type { LoadResult, LoadRow, LoadSummary, Machine, Measure, Percentile } from "./result.ts";
import type { Cell, Rate } from "./sample.ts";
import type { Interval } from "./statistics.ts";
import { count, size, time } from "./units.ts";

/** Stands where there is no number. */
export const NONE = "–";

/** A value of a measure, with its unit where it has one. */
export function measured({ unit }: Measure, value: number): string {
  if (unit === "1/s") return count(value);
  return time(unit === "ms" ? value : value / 1000);
}

/** A slope may come out below nothing, where a client adds nothing. */
export const sizeOrNone = (value: number | null) => (value === null ? NONE : size(Math.max(0, value)));

export const microseconds = (value: number | null) => (value === null ? NONE : time(value / 1000));

export const percentile = (value: Percentile | null) =>
  value === null ? NONE : `${value.atLeast ? "≥ " : ""}${time(value.milliseconds)}`;

/** Three digits of a ratio, two of one that is far below 1. */
export const ratio = (value: number) =>
  value === Number.POSITIVE_INFINITY ? "∞" : value < 0.1 ? String(Number(value.toPrecision(2))) : value.toPrecision(3);

export const interval = ({ low, high }: Interval, write: (value: number) => string) =>
  `[${write(low)}, ${write(high)}]`;

export const percent = (share: number) =>
  share === 0 ? "0" : share < 0.001 ? "< 0.1 %" : `${Number((share * 100).toPrecision(3))}\u00a0%`;

/** What one server differs by from itself: in percent, or as a factor where that is easier to grasp. */
export const resolved = (resolution: number) =>
  resolution < 2 ? `±\u00a0${percent(resolution - 1)}` : `a factor of ${count(resolution)}`;

export const plural = (n: number, noun: string) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** A measure within a sentence. */
export const spoken = ({ name }: Measure) => (name === "all served in" ? "time until all are served" : name);

/** The most that the load generator could have asked, by what it had left in the rows where it was the limit: messages a second. */
export const ceiling = ({ rows }: LoadResult) =>
  Math.max(
    ...rows.flatMap(({ role, summary }) => (role === "row" && summary?.limit === "generator" ? summary.ceiling : [])),
  );

/** Whether what was seen is a lower bound: the load generator, or what this machine allows it, was the limit. */
export const isLowerBound = ({ limit }: LoadSummary) => limit === "generator" || limit === "ports";

/** The local ports that were a row's limit; undefined where they were none's. */
export const shortOfPorts = ({ rows }: LoadResult): number | undefined =>
  rows.find(({ role, summary }) => role === "row" && summary?.limit === "ports")?.windows[0]?.localPorts;

/** `, 0.5 processors (cgroup)` behind the machine, where it may use no more of it. */
export const quota = ({ quota }: Machine) => (quota === undefined ? "" : `, ${plural(quota, "processor")} (cgroup)`);

/** What one row measured. The load generator's limit is a lower bound where more is better. */
export function value(row: LoadSummary, measure: Measure): string {
  const atLeast = isLowerBound(row) && measure.better === "more";
  return `${atLeast ? "≥ " : ""}${measured(measure, row.value.value)}`;
}

/** The load, and what of it is not as usual: `50 clients · 64 B a message · 16 under way each · topology shared`. */
export function settings({ clients, bytes, depth, rate, topology }: Cell): string[] {
  return [
    plural(clients, "client"),
    `${size(bytes)} a message`,
    ...(depth > 1 ? [`${count(depth)} under way each`] : []),
    ...(rate === null ? [] : [offered(rate)]),
    ...(topology === "split" ? [] : [`topology ${topology}`]),
  ];
}

/** What a run says about its own precision. */
export function precision({ rows, resolution, repeated, shortage }: LoadResult): string[] {
  const blocks = Math.max(0, ...rows.map(({ windows }) => windows.length));
  const control = rows.some(({ role }) => role !== "row");
  const unresolved = control ? "resolution unknown, so no verdicts" : "no control, so no verdicts";
  return [
    plural(blocks, "block"),
    resolution === null ? unresolved : `resolution ${resolved(resolution)}`,
    ...(repeated > 0 ? [`${repeated} repeated`] : []),
    ...(shortage ? [shortage] : []),
  ];
}

/** What a cell has that others of its scenario have not: `1 000 clients`. */
export function distinction(cell: Cell, others: readonly Cell[]): string {
  const differs = (of: (cell: Cell) => string) => new Set(others.map(of)).size > 1;
  const parts = [
    (of: Cell) => plural(of.clients, "client"),
    (of: Cell) => size(of.bytes),
    (of: Cell) => `${count(of.depth)} under way`,
    ({ rate }: Cell) => (rate === null ? "closed loop" : offered(rate)),
    (of: Cell) => `topology ${of.topology}`,
  ];
  return parts
    .filter(differs)
    .map((part) => part(cell))
    .join(" · ");
}

function offered(rate: Rate): string {
  if ("share" in rate) return `offered ${percent(rate.share)} of each server's most`;
  return `offered ${count(rate.perSecond)} messages/s`;
}

/** The rows without the control's: the best first; then who is not ranked; then who failed. */
export function bestFirst({ rows, measure }: LoadResult): LoadRow[] {
  const sign = measure.better === "more" ? -1 : 1;
  const group = ({ error, summary }: LoadRow) => (error !== null || summary === null ? 2 : summary.ranked ? 0 : 1);
  const key = ({ summary }: LoadRow) => sign * (summary?.value.value ?? 0);
  return rows.filter(({ role }) => role === "row").sort((a, b) => group(a) - group(b) || key(a) - key(b));
}

/** Whom all rows are compared with; null where they are not all compared with the same, as revisions are. */
export function baseline({ rows }: LoadResult): string | null {
  const shown = rows.filter(({ role }) => role === "row");
  const names = new Set(shown.flatMap(({ comparedWith }) => comparedWith ?? []));
  if (names.size > 1) return null;
  return [...names][0] ?? shown[0]?.model ?? null;
}

/** The rows that have something to show, in the same order. */
export function summarised(result: LoadResult): { row: LoadRow; model: string; summary: LoadSummary }[] {
  return bestFirst(result).flatMap((row) =>
    row.summary === null || row.error !== null ? [] : [{ row, model: row.model, summary: row.summary }],
  );
}
