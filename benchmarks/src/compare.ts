import { ManifestError } from "@echolab/model";
import type { LoadResult, LoadRow, Machine, Measure, Result } from "./result.ts";
import type { Cell } from "./sample.ts";
import { type Interval, type Judgement, judge } from "./statistics.ts";

/** One table that two runs have in common. */
export interface Comparison {
  readonly scenario: string;
  readonly cell: Cell;
  readonly measure: Measure;
  readonly rows: readonly ComparedRow[];
}

export interface ComparedRow extends Interval {
  readonly model: string;
  /** In the measure's unit: the first run's, and the second one's. */
  readonly before: number;
  readonly after: number;
  /** How many times as fast it is in the second run. */
  readonly ratio: number;
  readonly verdict: Judgement;
}

/**
 * What changed from one run to another. Their blocks are not paired, so this is indicative only: the interval reaches
 * from the least to the most that the two medians' intervals allow, and must clear what either run could resolve.
 * @throws ManifestError for runs of different machines, unless `force`
 */
export function compare(before: Result, after: Result, force: boolean): Comparison[] {
  const differing = (["processor", "processors", "quota", "memory", "kernel"] as const).filter(
    (key: keyof Machine) => before.machine[key] !== after.machine[key],
  );
  if (differing.length > 0 && !force) {
    const how = differing
      .map((key) => `${key} ${before.machine[key] ?? "none"} and ${after.machine[key] ?? "none"}`)
      .join(", ");
    throw new ManifestError(`these runs are of different machines (${how}): --force compares them all the same`);
  }
  const tables = ({ scenarios }: Result) => scenarios.filter((each): each is LoadResult => each.kind === "load");
  return tables(before).flatMap((table) => {
    const other = tables(after).find((each) => key(each) === key(table));
    return other
      ? [{ scenario: table.scenario, cell: table.cell, measure: table.measure, rows: rows(table, other) }]
      : [];
  });
}

const key = ({ scenario, cell, shows }: LoadResult) => JSON.stringify([scenario, shows, cell]);

function rows(before: LoadResult, after: LoadResult): ComparedRow[] {
  // What a server differs by from itself was not seen in each: then nobody can say that it changed.
  const { POSITIVE_INFINITY } = Number;
  const resolution = Math.max(before.resolution ?? POSITIVE_INFINITY, after.resolution ?? POSITIVE_INFINITY);
  return ranked(before).flatMap((row) => {
    const other = ranked(after).find(({ model }) => model === row.model);
    return other ? [compareRows(row, other, before.measure, resolution)] : [];
  });
}

const ranked = ({ rows }: LoadResult) => rows.filter(({ role, summary }) => role === "row" && summary?.ranked);

function compareRows(row: LoadRow, other: LoadRow, { better }: Measure, resolution: number): ComparedRow {
  const [before, after] = [row.summary!.value, other.summary!.value];
  const change = { ratio: after.value / before.value, low: after.low / before.high, high: after.high / before.low };
  const { ratio, low, high } =
    better === "more" ? change : { ratio: 1 / change.ratio, low: 1 / change.high, high: 1 / change.low };
  const verdict = judge({ low, high }, 0, resolution);
  return { model: row.model, before: before.value, after: after.value, ratio, low, high, verdict };
}
