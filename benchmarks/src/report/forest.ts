import * as Plot from "@observablehq/plot";
import type { LoadResult, LoadRow } from "../result.ts";
import type { Effect } from "../statistics.ts";
import { count } from "../units.ts";
import { baseline, bestFirst, interval, ratio, resolved, spoken } from "../words.ts";
import type { Figure } from "./figure.ts";
import { modelRows } from "./model-rows.ts";
import { axisOf, within } from "./scale.ts";
import type { SeriesOf } from "./series.ts";
import { symbols } from "./symbols.ts";

/** The ratios to whom the rows are compared with with their intervals, over the band in which one server differs from itself. */
export function forest(result: LoadResult, seriesOf: SeriesOf): Figure | null {
  const { resolution } = result;
  const witness = result.rows.filter(({ role }) => role === "A''");
  const rows = [...bestFirst(result), ...witness].flatMap((row) => {
    const effect = row.summary?.effect;
    return effect && row.error === null ? [entry(row, effect, seriesOf)] : [];
  });
  if (rows.length === 0) return null;
  const band = resolution === null ? [] : [[1 / resolution, resolution] as const];
  const values = [...rows.flatMap(({ effect: { low, high } }) => [low, high]), ...band.flat(), 1];
  const x = axisOf(values, { type: "log", label: "times as fast", format: (value) => `${count(value)}×` });
  return {
    name: `${result.scenario}-ratios`,
    title: `How many times as fast as ${baseline(result) ?? "what it is compared with"}, by ${spoken(result.measure)}`,
    reading: `A symbol is the median of the ratios, one for each block; its line is the interval that covers the true median. Right of 1× is faster. ${bandInWords(resolution)}`,
    draw: (size) =>
      modelRows(rows, x, size, [
        Plot.rect(band, { x1: ([low]) => low, x2: ([, high]) => high, fill: "var(--band)" }),
        Plot.ruleX([1], { stroke: "var(--quiet)" }),
        Plot.link(rows, {
          ...{
            x1: ({ effect }) => within(x, effect.low),
            x2: ({ effect }) => within(x, effect.high),
            y1: (_, i) => i,
            y2: (_, i) => i,
          },
          ...{ stroke: "currentColor", strokeWidth: 2, ariaLabel: ({ series }) => series.mark },
        }),
        symbols(
          rows.flatMap(({ series, effect, control }, y) =>
            control ? [] : [{ series, x: within(x, effect.ratio), y }],
          ),
          "filled",
        ),
        symbols(
          rows.flatMap(({ series, effect, control }, y) =>
            control ? [{ series, x: within(x, effect.ratio), y }] : [],
          ),
          "open",
        ),
      ]),
    data: {
      head: [
        "model",
        "compared with",
        "ratio",
        "interval from",
        "to",
        "covers the median with",
        "p, not adjusted",
        "blocks",
        "verdict",
      ],
      rows: rows.map(({ name, comparedWith, effect, verdict }) => [
        ...[name, comparedWith, effect.ratio, effect.low, effect.high, effect.coverage, effect.p, effect.blocks],
        verdict,
      ]),
    },
  };
}

function entry({ model, role, comparedWith, summary }: LoadRow, effect: Effect, seriesOf: SeriesOf) {
  const series = seriesOf(model);
  const verdict = summary!.verdict ?? "";
  return {
    ...{
      series,
      effect,
      verdict,
      comparedWith,
      control: role !== "row",
      name: role === "row" ? model : `${model} ${role}`,
    },
    note: `${ratio(effect.ratio)}× ${interval(effect, ratio)} ${verdict}`.trimEnd(),
    short: `${ratio(effect.ratio)}× ${verdict}`.trimEnd(),
  };
}

function bandInWords(resolution: number | null): string {
  if (resolution === null) return "There was no control: nothing says how much of this is noise.";
  return `The grey band, ${resolved(resolution)}, is what one server differs by from itself; its third process against its first, A'', has an open symbol.`;
}
