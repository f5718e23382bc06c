import * as Plot from "@observablehq/plot";
import { type Size, xAxis, yAxis } from "./chart.ts";
import { html, type Markup } from "./html.ts";
import { type Axis, at, position } from "./scale.ts";
import { type Series, swatch } from "./series.ts";
import { spread } from "./spread.ts";
import { symbols } from "./symbols.ts";
import { fit, textWidth } from "./text-width.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The true value may be larger: drawn with an open symbol. */
  readonly atLeast?: boolean;
}

/** One model's line, from left to right. */
export interface Line {
  readonly series: Series;
  readonly points: readonly Point[];
}

interface Mark {
  readonly series: Series;
}

const SYMBOL = 22; // pixels from the frame to a label's text
const LINE_HEIGHT = 1.35;

/** Lines with their names at their ends; on a narrow page with their numbers, and `lineLegend` below. */
export function lineChart(lines: readonly Line[], x: Axis, y: Axis, size: Size, dots: boolean): Plot.PlotOptions {
  const { narrow, width, fontSize } = size;
  const names = lines.map(({ series }) => (narrow ? String(series.number) : fit(series.name, 250, fontSize)));
  const marginRight = SYMBOL + 4 + Math.max(0, ...names.map((name) => textWidth(name, fontSize)));
  const marginLeft = 10 + Math.max(0, ...y.ticks.map((tick) => textWidth(y.format(tick), fontSize)));
  const [marginTop, marginBottom] = [30, 44];
  const frame = Math.max(narrow ? 200 : 240, lines.length * fontSize * LINE_HEIGHT);
  const ends = lines.map(({ points }) => points.at(-1)!);
  const places = spread(
    ends.map((end) => position(y, end.y)),
    (fontSize * LINE_HEIGHT) / frame,
  );
  const labels = lines.map(({ series }, i) => ({ series, name: names[i]!, end: ends[i]!, y: at(y, places[i]!) }));
  const points = lines.flatMap(({ series, points }) => points.map((point) => ({ ...point, series })));
  return {
    ...{ width, marginLeft, marginRight, marginTop, marginBottom, height: frame + marginTop + marginBottom },
    x: { type: x.type, axis: null, domain: [...x.domain] },
    y: { type: y.type, axis: null, domain: [...y.domain] },
    symbol: { type: "identity" },
    marks: [
      ...yAxis(y, marginLeft),
      ...xAxis(x, { left: marginLeft, right: marginRight }, size),
      ...strokes(points),
      ...(dots
        ? [
            symbols(
              points.filter(({ atLeast }) => !atLeast),
              "filled",
            ),
          ]
        : []),
      ...(dots
        ? [
            symbols(
              points.filter(({ atLeast }) => atLeast),
              "open",
            ),
          ]
        : []),
      ...endLabels(labels, x),
    ],
  };
}

const mark = ({ series }: Mark) => series.mark;

/** The lines themselves: those of a colour's second model are dashed. */
const strokes = (points: readonly (Point & Mark)[]) =>
  [false, true].map((dashed) =>
    Plot.line(
      points.filter(({ series }) => series.dashed === dashed),
      {
        ...{ x: "x", y: "y", z: mark, stroke: "currentColor", strokeWidth: 1.75, ariaLabel: mark },
        strokeDasharray: dashed ? "5 3" : "none",
      },
    ),
  );

interface Label extends Mark {
  readonly name: string;
  readonly end: Point;
  /** Where the label stands, near to where the line ends. */
  readonly y: number;
}

const endLabels = (labels: readonly Label[], x: Axis) => [
  Plot.link(labels, {
    ...{ x1: ({ end }: Label) => end.x, y1: ({ end }: Label) => end.y, x2: x.domain[1], y2: "y" },
    ...{ stroke: "currentColor", strokeOpacity: 0.45, ariaLabel: mark },
  }),
  Plot.dot(labels, {
    ...{ y: "y", frameAnchor: "right", dx: 10, r: 3.5, fill: "currentColor", ariaLabel: mark },
    symbol: ({ series }: Mark) => series.symbol,
  }),
  Plot.text(labels, {
    ...{ y: "y", frameAnchor: "right", textAnchor: "start", dx: SYMBOL - 3, text: "name", fill: "var(--ink)" },
    ariaLabel: mark,
  }),
];

/** Which number is whom, where the page is too narrow for names. */
export const lineLegend = (lines: readonly Line[]): Markup =>
  html`<ol class="legend">${lines.map(({ series }) => html`<li class="${series.mark}"><span>${series.number}</span> ${swatch(series)} ${series.name}</li>`)}</ol>`;
