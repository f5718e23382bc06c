import type { LoadResult, LoadRow } from "../result.ts";
import { time } from "../units.ts";
import { summarised } from "../words.ts";
import type { Figure } from "./figure.ts";
import { type Line, lineChart, lineLegend } from "./lines.ts";
import { merged, milliseconds } from "./merged.ts";
import { type Axis, axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

/** Evenly spaced on the axis, from the median to 99.99 %. */
const SHARES = Array.from({ length: 16 }, (_, i) => 1 - 0.5 * 10 ** (-i / 4)).filter((share) => share < 0.9999);
const NAMED = [0.5, 0.9, 0.99, 0.999, 0.9999];

const tail = (share: number) => 1 / (1 - share);

/** How the slower answers fare: latency against the share of answers that were faster, stretched towards the slow. */
export function percentiles(result: LoadResult, seriesOf: SeriesOf): Figure | null {
  const rows = summarised(result)
    .filter(({ summary }) => summary.p50 !== null)
    .map(({ row }) => ({ series: seriesOf(row.model), spectrum: spectrumOf(row) }))
    .filter(({ spectrum }) => spectrum.size > 0)
    .sort((a, b) => a.series.number - b.series.number);
  const lines: Line[] = rows
    .map(({ series, spectrum }) => ({
      series,
      points: [...spectrum].map(([share, latency]) => ({ x: tail(share), y: latency })),
    }))
    .filter(({ points }) => points.length > 1);
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const furthest = Math.max(...points.map(({ x }) => x));
  const x: Axis = {
    ...{ type: "log", label: "share of the answers that were not slower", domain: [tail(0.5), furthest * 1.4] },
    ticks: NAMED.map(tail).filter((value) => value <= furthest * 1.01),
    format: (value) => `${Number((100 - 100 / value).toFixed(3))} %`,
  };
  const y = axisOf(
    points.map(({ y }) => y),
    { type: "log", label: "until the answer, logarithmic", format: time },
  );
  return {
    name: `${result.scenario}-percentiles`,
    title: "Latency, from the median to the slowest",
    reading:
      "Further right are the slower answers: each mark leaves a tenth of those of the mark before it. A line ends where too few answers tell, or where requests that never were answered would be among them.",
    draw: (size) => lineChart(lines, x, y, size, false),
    legend: lineLegend(lines),
    data: {
      head: ["latency", ...NAMED.map((share) => `${Number((share * 100).toFixed(2))} %, ms`)],
      rows: rows.map(({ series, spectrum }) => [series.name, ...NAMED.map((share) => spectrum.get(share) ?? null)]),
    },
  };
}

/** Latencies in milliseconds by share, as far as ten answers are slower and all of those have come. */
function spectrumOf({ windows }: LoadRow): Map<number, number> {
  const histogram = merged(windows);
  const censored = Math.min(...windows.map(({ censoredFrom }) => censoredFrom ?? Number.POSITIVE_INFINITY));
  const known = [...new Set([...SHARES, ...NAMED])]
    .sort((a, b) => a - b)
    .filter((share) => histogram !== null && histogram.totalCount >= 10 * tail(share) * (1 - 1e-9))
    .map((share) => [share, milliseconds(histogram!, share)] as const)
    .filter(([, latency]) => latency < censored && latency > 0);
  return new Map(known);
}
