import type { LoadResult } from "../result.ts";
import { time } from "../units.ts";
import { summarised } from "../words.ts";
import { dumbbell, dumbbellLegend } from "./dumbbell.ts";
import type { Figure } from "./figure.ts";
import { axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

/** Until all are served, and the longest that one client waited for one answer. */
export function crowd(result: LoadResult, seriesOf: SeriesOf): Figure | null {
  const rows = summarised(result);
  if (result.measure.name !== "all served in" || rows.length === 0) return null;
  const pairs = rows.map(({ model, summary }) => ({
    ...{ series: seriesOf(model), filled: summary.value.value, open: summary.longestWait },
    note: `${time(summary.value.value)}, one waited ${time(summary.longestWait)}`,
    short: `${time(summary.value.value)} · ${time(summary.longestWait)}`,
  }));
  const x = axisOf(
    pairs.flatMap(({ filled, open }) => [filled, open]),
    { type: "log", label: "milliseconds and seconds, logarithmic", format: time },
  );
  return {
    name: `${result.scenario}-waiting`,
    title: "Until all are served, and the longest wait",
    reading:
      "Further left is sooner. Where the two symbols meet, somebody waited for one answer as long as the crowd took altogether: that is a queue.",
    draw: (size) => dumbbell(pairs, x, size),
    legend: dumbbellLegend("all are served", "the longest wait for one answer"),
    data: {
      head: ["model", "all served in, ms", "interval from", "to", "longest wait, ms"],
      rows: rows.map(({ model, summary: { value, longestWait } }) => [
        ...[model, value.value, value.low, value.high],
        longestWait,
      ]),
    },
  };
}
