import * as Plot from "@observablehq/plot";
import { valueIn } from "../measure.ts";
import type { LoadResult, LoadRow } from "../result.ts";
import { median } from "../statistics.ts";
import { bestFirst, percent, ratio, spoken } from "../words.ts";
import type { Size } from "./chart.ts";
import type { Figure } from "./figure.ts";
import { modelRows } from "./model-rows.ts";
import { CROSS, type Series, type SeriesOf } from "./series.ts";

/** What others may use of the processors in a window before it is marked, in processors. */
const DISTURBED = 0.15;
/** How far a line may leave the middle of its row; on a narrow page a name stands above it. */
const reach = ({ narrow }: Size) => (narrow ? 0.2 : 0.36);

/** Each model's windows in the order of the blocks, each as a ratio to the model's own median. */
export function drift(result: LoadResult, seriesOf: SeriesOf): Figure | null {
  const rows = bestFirst(result).flatMap((row) => {
    const entry = drifting(result, row, seriesOf(row.model));
    return entry ? [entry] : [];
  });
  if (rows.length === 0) return null;
  const blocks = Math.max(...rows.map(({ points }) => points.at(-1)!.block));
  const most = Math.max(1.1, ...rows.flatMap(({ points }) => points.map(({ ratio }) => Math.max(ratio, 1 / ratio))));
  const y = ({ row, ratio }: { row: number; ratio: number }, size: Size) =>
    row - (Math.log(ratio) / Math.log(most)) * reach(size);
  const points = rows.flatMap(({ series, points }, row) => points.map((point) => ({ ...point, series, row })));
  const x = {
    ...{ type: "linear" as const, label: "block", format: String, domain: [0.6, blocks + 0.4] as const },
    ticks: Array.from({ length: blocks }, (_, i) => i + 1),
  };
  const { name, unit } = result.measure;
  const measured = unit === "1/s" ? name : `${name}, ${unit}`;
  const levels = rows.flatMap((_, y) => [
    { x: x.domain[0], y },
    { x: x.domain[1], y },
    { x: Number.NaN, y },
  ]);
  return {
    name: `${result.scenario}-blocks`,
    title: "Block by block",
    reading: `Each line is one model: its ${spoken(result.measure)} in each block, divided by its own median; all have one scale (${ratio(1 / most)}× to ${ratio(most)}×). Lines that rise or fall together: the machine changed. A cross marks a window in which others used more than ${percent(DISTURBED)} of a processor.`,
    draw: (size) =>
      modelRows(rows, x, size, [
        Plot.line(levels, { x: "x", y: "y", stroke: "var(--grid)" }),
        Plot.line(points, {
          ...{ x: "block", y: (point) => y(point, size), z: "row", strokeWidth: 1.5, curve: "linear" },
          ...{ stroke: "currentColor", ariaLabel: ({ series }: { series: Series }) => series.mark },
        }),
        Plot.dot(
          points.filter(({ disturbed }) => disturbed),
          { x: "block", y: (point) => y(point, size), symbol: "times", stroke: "var(--alarm)", ariaLabel: () => CROSS },
        ),
      ]),
    data: {
      head: [measured, ...x.ticks.map((block) => `block ${block}`)],
      rows: rows.map(({ series, points }) => [
        series.name,
        ...x.ticks.map((block) => points.find((point) => point.block === block)?.value ?? null),
      ]),
    },
  };
}

function drifting({ measure }: LoadResult, { windows }: LoadRow, series: Series) {
  const measured = windows.flatMap((window, i) => {
    const value = valueIn(measure, window);
    const disturbed = window.foreign > DISTURBED || window.steal > DISTURBED;
    return window.repliesInAll === 0 || !(value > 0) ? [] : [{ block: i + 1, value, disturbed }];
  });
  if (measured.length < 3) return null;
  const middle = median(measured.map(({ value }) => value));
  const points = measured.map((point) => ({ ...point, ratio: point.value / middle }));
  const ratios = points.map(({ ratio }) => ratio);
  return { series, points, note: `${ratio(Math.min(...ratios))}× to ${ratio(Math.max(...ratios))}×` };
}
