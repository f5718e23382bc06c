import type { LoadResult, LoadSummary } from "../result.ts";
import { count, size, time } from "../units.ts";
import { summarised } from "../words.ts";
import type { Figure } from "./figure.ts";
import { type Line, lineChart, lineLegend } from "./lines.ts";
import { type Axis, axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

/** What grows from table to table: the clients or the bytes. */
interface Growing {
  readonly name: "clients" | "bytes";
  readonly as: string;
  readonly format: (value: number) => string;
}

const clients: Growing = { name: "clients", as: "clients grow", format: count };
const bytes: Growing = { name: "bytes", as: "messages get longer", format: size };

/** Speed and cost against whatever differs between the tables of one scenario. */
export function growth(results: readonly LoadResult[], seriesOf: SeriesOf): Figure[] {
  return [clients, bytes].flatMap((growing) => {
    if (new Set(results.map(({ cell }) => cell[growing.name])).size < 2) return [];
    return [
      chart(results, seriesOf, growing, {
        ...{ name: "rate", title: "Messages a second", label: "messages a second, logarithmic", format: count },
        corner: "messages/s",
        reading: `Higher is better. ${left}${growing === clients ? " A level line: it does not matter how many there are." : ""}`,
        value: ({ rate }) => rate,
      }),
      chart(results, seriesOf, growing, {
        ...{ name: "cpu", title: "CPU per message", label: "CPU time of the server, logarithmic", format: time },
        corner: "CPU, ms",
        reading: `Lower is better. ${left}${growing === bytes ? fixedAndPerByte(results) : " A line that bends upwards pays for every client at each message."}`,
        value: ({ cpuPerReply }) => (cpuPerReply ?? 0) / 1000,
      }),
    ].filter((figure) => figure !== null);
  });
}

const left = "Both scales are logarithmic. A row that left clients without an answer has an open symbol.";

interface Shown {
  readonly name: string;
  readonly title: string;
  readonly label: string;
  /** What stands in the corner of the table: what its numbers are. */
  readonly corner: string;
  readonly reading: string;
  readonly format: (value: number) => string;
  readonly value: (summary: LoadSummary) => number;
}

function chart(results: readonly LoadResult[], seriesOf: SeriesOf, growing: Growing, shown: Shown): Figure | null {
  const lines = linesOf(results, seriesOf, growing, shown.value);
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const spanned = axisOf(xs, { type: "log", label: `${growing.name}, logarithmic`, format: growing.format });
  const x: Axis = { ...spanned, ticks: xs };
  const y = axisOf(
    points.map(({ y }) => y),
    { type: "log", label: shown.label, format: shown.format },
  );
  return {
    name: `${results[0]!.scenario}-${shown.name}`,
    title: `${shown.title} as ${growing.as}`,
    reading: shown.reading,
    draw: (size) => lineChart(lines, x, y, size, true),
    legend: lineLegend(lines),
    data: {
      head: [shown.corner, ...xs.map((value) => (growing === bytes ? size(value) : `${count(value)} ${growing.name}`))],
      rows: lines.map(({ series, points }) => [
        series.name,
        ...xs.map((value) => points.find(({ x }) => x === value)?.y ?? null),
      ]),
    },
  };
}

/** In the models' order; of several rows at one place the first. */
function linesOf(
  results: readonly LoadResult[],
  seriesOf: SeriesOf,
  { name }: Growing,
  value: (summary: LoadSummary) => number,
): Line[] {
  const entries = results.flatMap((result) =>
    summarised(result).map(({ row, model, summary }) => ({
      model,
      point: { x: name === "clients" ? row.clients : result.cell.bytes, y: value(summary), atLeast: !summary.ranked },
    })),
  );
  return [...new Set(entries.map(({ model }) => model))]
    .map((model) => {
      const points = entries.filter((entry) => entry.model === model && entry.point.y > 0).map(({ point }) => point);
      const first = points.filter(({ x }, i) => points.findIndex((other) => other.x === x) === i);
      return { series: seriesOf(model), points: first.sort((a, b) => a.x - b.x) };
    })
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => a.series.number - b.series.number);
}

/** The cost of a message and of a byte of it for the cheapest model: least squares of relative errors. */
function fixedAndPerByte(results: readonly LoadResult[]): string {
  const fits = [...new Set(results.flatMap((result) => summarised(result).map(({ model }) => model)))].flatMap(
    (model) => {
      const points = results.flatMap((result) =>
        summarised(result)
          .filter((each) => each.model === model && (each.summary.cpuPerReply ?? 0) > 0)
          .map(({ summary }) => ({ x: result.cell.bytes, y: summary.cpuPerReply! })),
      );
      const fit = points.length > 2 ? relativeFit(points) : null;
      return fit && fit.fixed > 0 && fit.perByte > 0 ? [{ model, ...fit }] : [];
    },
  );
  if (fits.length === 0) return "";
  const { model, fixed, perByte } = fits.reduce((a, b) => (a.fixed <= b.fixed ? a : b));
  const even = size(fixed / perByte);
  return ` Where a line is level, a message costs; where it climbs, its bytes do: for ${model} about ${time(fixed / 1000)} a message and ${time((perByte * 1024) / 1000)} a KiB, equal at ${even}.`;
}

function relativeFit(points: readonly { readonly x: number; readonly y: number }[]) {
  const sum = (of: (point: { x: number; y: number }) => number) => points.reduce((all, point) => all + of(point), 0);
  const [w, wx, wxx] = [sum(({ y }) => 1 / y ** 2), sum(({ x, y }) => x / y ** 2), sum(({ x, y }) => (x / y) ** 2)];
  const [wy, wxy] = [sum(({ y }) => 1 / y), sum(({ x, y }) => x / y)];
  const determinant = w * wxx - wx ** 2;
  return { fixed: (wxx * wy - wx * wxy) / determinant, perByte: (w * wxy - wx * wy) / determinant };
}
