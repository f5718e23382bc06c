import * as Plot from "@observablehq/plot";
import type { Series } from "./series.ts";

/** Where a model's symbol stands, in the units of the chart. */
export interface Place {
  readonly series: Series;
  readonly x: number;
  readonly y: number;
}

/** Each model's own symbol, in its colour. */
export const symbols = (places: readonly Place[], look: "filled" | "open") =>
  Plot.dot(places, {
    ...{
      x: "x",
      y: "y",
      r: 4,
      symbol: ({ series }: Place) => series.symbol,
      ariaLabel: ({ series }: Place) => series.mark,
    },
    ...{ fill: look === "filled" ? "currentColor" : "var(--page)", stroke: "currentColor", strokeWidth: 1.5 },
  });
