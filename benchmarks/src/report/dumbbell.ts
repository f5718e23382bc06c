import * as Plot from "@observablehq/plot";
import type { Size } from "./chart.ts";
import { html, type Markup } from "./html.ts";
import { type ModelRow, modelRows } from "./model-rows.ts";
import { type Axis, within } from "./scale.ts";
import { symbols } from "./symbols.ts";

/** Two values of one model: `open` is drawn with an open symbol. Null: there is none. */
export interface Pair extends ModelRow {
  readonly filled: number | null;
  readonly open: number | null;
}

/** For each model two symbols, and what lies between them. */
export function dumbbell(rows: readonly Pair[], x: Axis, size: Size): Plot.PlotOptions {
  const places = (look: "filled" | "open") =>
    rows.flatMap(({ series, [look]: value }, y) => (value === null ? [] : [{ series, x: within(x, value), y }]));
  const both = rows.flatMap(({ series, filled, open }, row) =>
    filled === null || open === null ? [] : [{ series, row, filled, open }],
  );
  return modelRows(rows, x, size, [
    Plot.ruleY(rows, { y: (_, i) => i, stroke: "var(--grid)" }),
    Plot.link(both, {
      ...{ x1: ({ filled }) => within(x, filled), x2: ({ open }) => within(x, open), y1: "row", y2: "row" },
      ...{ stroke: "currentColor", strokeWidth: 1.5, ariaLabel: ({ series }) => series.mark },
    }),
    symbols(places("open"), "open"),
    symbols(places("filled"), "filled"),
  ]);
}

/** What the two symbols are. */
export const dumbbellLegend = (filled: string, open: string): Markup =>
  html`<ul class="legend"><li><svg class="swatch" viewBox="-6 -6 12 12" aria-hidden="true"><circle r="4.5" fill="var(--ink)"/></svg> ${filled}</li><li><svg class="swatch" viewBox="-6 -6 12 12" aria-hidden="true"><circle r="4.2" fill="none" stroke="var(--ink)" stroke-width="1.5"/></svg> ${open}</li></ul>`;
