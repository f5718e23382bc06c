import * as Plot from "@observablehq/plot";
import { type Size, xAxis } from "./chart.ts";
import type { Axis } from "./scale.ts";
import type { Series } from "./series.ts";
import { fit, textWidth } from "./text-width.ts";

/** A row of a chart: a model, and at its right end what its marks mean in numbers. */
export interface ModelRow {
  readonly series: Series;
  /** Where it is not the model's own name. */
  readonly name?: string;
  readonly note: string;
  /** The note where the page is narrow. */
  readonly short?: string;
}

const GAP = 14; // pixels between names, frame and notes
const EDGE = 14; // pixels beside the frame on a narrow page, for half of a label

/** Half of a bar's height, as a share of its row's: on a narrow page the row's name stands above it. */
export const barHalf = ({ narrow }: Size) => (narrow ? 0.18 : 0.28);

/**
 * A chart with one row for each model. On a wide page the names stand left of the frame and the notes right of it; on
 * a narrow one both stand above their row's marks.
 * @param marks where row `i` is at the vertical position `i`, the rows being 1 apart
 */
export function modelRows(
  rows: readonly ModelRow[],
  x: Axis,
  size: Size,
  marks: readonly Plot.Markish[],
): Plot.PlotOptions {
  const { narrow, width, fontSize } = size;
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => textWidth(text, fontSize)));
  const noteOf = ({ note, short }: ModelRow) => (narrow ? (short ?? note) : note);
  const notes = widest(rows.map(noteOf));
  const nameOf = ({ series, name = series.name }: ModelRow, room: number) => fit(name, room, fontSize);
  const room = (row: ModelRow) => (narrow ? width - textWidth(noteOf(row), fontSize) - 16 : 250);
  const names = rows.map((row) => nameOf(row, room(row)));
  const marginLeft = narrow ? EDGE : widest(names) + GAP;
  const marginRight = narrow ? EDGE : notes + GAP;
  const [marginTop, marginBottom] = [4, 42];
  const rowHeight = narrow ? 48 : 26;
  const above = narrow ? -21 : 0;
  const text = {
    ...{ y: (_: ModelRow, i: number) => i, dy: above, ariaLabel: ({ series }: ModelRow) => series.mark },
    // On a narrow page the grid passes behind: each text clears its own ground.
    ...(narrow ? { stroke: "var(--page)", strokeWidth: 5 } : {}),
  };
  return {
    ...{ width, marginLeft, marginRight, marginTop, marginBottom },
    height: rows.length * rowHeight + marginTop + marginBottom,
    x: { type: x.type, axis: null, domain: [...x.domain] },
    y: { type: "linear", axis: null, domain: [rows.length - 0.5, narrow ? -0.66 : -0.5] },
    symbol: { type: "identity" },
    marks: [
      ...xAxis(x, { left: marginLeft, right: marginRight }, size),
      ...marks,
      Plot.text(rows, {
        ...{ ...text, text: (_, i) => names[i]!, fill: "var(--ink)" },
        ...{ frameAnchor: "left", textAnchor: "start", dx: narrow ? -EDGE : -marginLeft },
      }),
      Plot.text(rows, {
        ...{ ...text, text: noteOf, fill: "var(--quiet)" },
        ...{ frameAnchor: "right", textAnchor: narrow ? "end" : "start", dx: narrow ? EDGE : GAP },
      }),
    ],
  };
}
