import type { LoadResult, LoadSummary, Percentile } from "../result.ts";
import { count, time } from "../units.ts";
import { summarised } from "../words.ts";
import type { Figure } from "./figure.ts";
import { type Line, lineChart, lineLegend } from "./lines.ts";
import { axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

/** How long an answer takes against how much is asked: of an open loop's tables together. */
export function latencyUnderLoad(results: readonly LoadResult[], seriesOf: SeriesOf): Figure[] {
  const reading =
    "A server that keeps up stays level; where a line turns upwards, messages queue. Counted from when a message was to be sent. An open symbol is a lower bound: some never were answered.";
  return [
    chart(results, seriesOf, "p50", "Median latency", `${reading} Both scales are logarithmic.`, ({ p50 }) => p50),
    chart(
      results,
      seriesOf,
      "p99",
      "99th percentile of latency",
      `${reading} Both scales are logarithmic.`,
      ({ p99 }) => p99,
    ),
  ].filter((figure) => figure !== null);
}

function chart(
  results: readonly LoadResult[],
  seriesOf: SeriesOf,
  name: string,
  whose: string,
  reading: string,
  latency: (summary: LoadSummary) => Percentile | null,
): Figure | null {
  const lines = linesOf(results, seriesOf, latency);
  if (lines.every(({ points }) => points.length < 2)) return null;
  const points = lines.flatMap((line) => line.points);
  const x = axisOf(
    points.map(({ x }) => x),
    { type: "log", label: "messages offered a second", format: count },
  );
  const y = axisOf(
    points.map(({ y }) => y),
    { type: "log", label: `${name}, until the answer`, format: time },
  );
  return {
    name: `${results[0]!.scenario}-${name}-load`,
    title: `${whose} as more is asked`,
    reading,
    draw: (size) => lineChart(lines, x, y, size, true),
    legend: lineLegend(lines),
    data: {
      head: ["model", "offered, messages/s", `${name}, ms`, "at least"],
      rows: lines.flatMap(({ series, points }) =>
        points.map(({ x, y, atLeast }) => [series.name, x, y, atLeast ? "yes" : "no"]),
      ),
    },
  };
}

function linesOf(
  results: readonly LoadResult[],
  seriesOf: SeriesOf,
  latency: (summary: LoadSummary) => Percentile | null,
): Line[] {
  const entries = results.flatMap((result) =>
    summarised(result).flatMap(({ model, summary }) => {
      const value = latency(summary);
      if (value === null || summary.offeredRate === null || !(value.milliseconds > 0)) return [];
      return [{ model, point: { x: summary.offeredRate, y: value.milliseconds, atLeast: value.atLeast } }];
    }),
  );
  return [...new Set(entries.map(({ model }) => model))]
    .map((model) => ({
      series: seriesOf(model),
      points: entries
        .filter((entry) => entry.model === model)
        .map(({ point }) => point)
        .sort((a, b) => a.x - b.x),
    }))
    .sort((a, b) => a.series.number - b.series.number);
}
