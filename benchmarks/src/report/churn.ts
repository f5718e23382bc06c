import type { LoadResult } from "../result.ts";
import { time } from "../units.ts";
import { microseconds, summarised } from "../words.ts";
import { dumbbell } from "./dumbbell.ts";
import type { Figure } from "./figure.ts";
import { axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

/** What a client costs that comes for one message. */
export function churn(result: LoadResult, seriesOf: SeriesOf): Figure | null {
  const rows = summarised(result).flatMap(({ model, summary: { cpuPerReply, cpuAboveSequential } }) =>
    cpuPerReply === null || cpuPerReply <= 0 ? [] : [{ model, cpuPerReply, cpuAboveSequential }],
  );
  if (result.measure.name !== "clients/s" || rows.length === 0) return null;
  rows.sort((a, b) => a.cpuPerReply - b.cpuPerReply);
  const above = (value: number | null) =>
    value === null ? "" : value > 0 ? `, ${microseconds(value)} above sequential` : ", not above sequential";
  const pairs = rows.map(({ model, cpuPerReply, cpuAboveSequential }) => ({
    ...{ series: seriesOf(model), filled: cpuPerReply / 1000, open: null },
    note: microseconds(cpuPerReply) + above(cpuAboveSequential),
    short: microseconds(cpuPerReply),
  }));
  const x = axisOf(
    pairs.map(({ filled }) => filled),
    { type: "log", label: "CPU time for one client, logarithmic", format: time },
  );
  return {
    name: `${result.scenario}-cpu`,
    title: "CPU for one client that comes and goes",
    reading:
      "Further left is cheaper; the scale is logarithmic. What is above the sequential server's cost is the price of the model itself: a thread, a process, or bookkeeping.",
    draw: (size) => dumbbell(pairs, x, size),
    data: {
      head: ["model", "CPU for one client, µs", "above sequential, µs"],
      rows: rows.map(({ model, cpuPerReply, cpuAboveSequential }) => [model, cpuPerReply, cpuAboveSequential]),
    },
  };
}
