import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escaped, type Markup, raw } from "./html.ts";
import { type Axis, position } from "./scale.ts";
import { textWidth } from "./text-width.ts";

/** The text of an SVG shrinks with it: so each chart is drawn for a wide page and for a narrow one. */
export interface Size {
  readonly narrow: boolean;
  readonly width: number;
  readonly fontSize: number;
}

export const sizes: readonly Size[] = [
  { narrow: false, width: 960, fontSize: 12 },
  { narrow: true, width: 358, fontSize: 11 },
];

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** What is used of linkedom's elements. */
interface Drawn {
  readonly children: Iterable<Drawn>;
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  readonly innerHTML: string;
}

/** @param label what a person hears who does not see the chart */
export function draw(options: Plot.PlotOptions, { narrow, width, fontSize }: Size, label: string): Markup {
  const svg = Plot.plot({ document, width, ...options }) as unknown as Drawn;
  for (const child of [...svg.children]) if (child.localName === "style") child.remove();
  simplify(svg, fontSize);
  const height = svg.getAttribute("height");
  return raw(
    `<svg class="chart ${narrow ? "narrow" : "wide"}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}" font-size="${fontSize}" fill="currentColor" text-anchor="middle">${shorter(svg.innerHTML)}</svg>`,
  );
}

/**
 * Symbols come from the page's definitions: a hundred times the same outline would be most of the file. Quotes are left
 * out where HTML needs none.
 */
const shorter = (svg: string) =>
  svg
    .replace(
      /<path class="m(\d+|x)" d="[^"]*" transform="translate\(([^,]+),([^)]+)\)" \/>/g,
      '<use class="m$1" href="#s$1" x="$2" y="$3" />',
    )
    .replace(/<[^>]+>/g, (tag) => tag.replace(/="([^"'\s=<>`]+)"/g, "=$1"));

/** What the style sheet says for all, or nobody sees. */
const DROPPED = /^(class|aria-.*|font-variant|stroke-miterlimit|stroke-linecap)$/;

/** Shortens numbers to a tenth of a pixel. Plot has no channel for a class: a model's comes as a label. */
function simplify(element: Drawn, fontSize: number): void {
  for (const child of [...element.children]) {
    const label = child.getAttribute("aria-label");
    for (const { name, value } of [...child.attributes]) {
      if (DROPPED.test(name)) child.removeAttribute(name);
      else
        child.setAttribute(
          name,
          value.replace(/-?\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))),
        );
    }
    if (label !== null && /^m(\d+|x)$/.test(label)) child.setAttribute("class", label);
    if (child.localName === "text") place(child, fontSize);
    simplify(child, fontSize);
  }
}

/** A text's own place instead of a translation and a shift in units of its size. */
function place(text: Drawn, fontSize: number): void {
  const [, x, y] = /^translate\(([^,]+),([^)]+)\)$/.exec(text.getAttribute("transform") ?? "") ?? [];
  if (x === undefined || y === undefined) return;
  const shift = Number.parseFloat(text.getAttribute("y") ?? "0") * Number(text.getAttribute("font-size") ?? fontSize);
  text.removeAttribute("transform");
  text.setAttribute("x", String(Math.round(Number(x))));
  text.setAttribute("y", String(Math.round(Number(y) + shift)));
}

/** Grid and tick labels of a horizontal axis, as many as there is room for, and its name below them. */
export function xAxis(
  axis: Axis,
  margins: { readonly left: number; readonly right: number },
  size: Size,
): Plot.Markish[] {
  const ticks = ticksThatFit(axis, margins, size);
  return [
    Plot.gridX(ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
    Plot.text(ticks, {
      ...{
        x: (tick) => tick,
        text: axis.format,
        frameAnchor: "bottom",
        lineAnchor: "top",
        dy: 8,
        fill: "var(--quiet)",
      },
    }),
    Plot.text([axis.label], {
      ...{ frameAnchor: "bottom-right", textAnchor: "end", lineAnchor: "bottom", dy: 36, fill: "var(--quiet)" },
    }),
  ];
}

/** Every tick, or every second, or every third, until no label meets the next or stands out of the drawing. */
function ticksThatFit(
  axis: Axis,
  { left, right }: { readonly left: number; readonly right: number },
  { width, fontSize }: Size,
): readonly number[] {
  const labels = axis.ticks.map((tick) => {
    const middle = left + position(axis, tick) * (width - left - right);
    const half = textWidth(axis.format(tick), fontSize) / 2;
    return { tick, from: middle - half, to: middle + half };
  });
  const inside = labels.filter(({ from, to }) => from >= 0 && to <= width);
  for (let every = 1; every < inside.length; every += 1) {
    const some = inside.filter((_, i) => i % every === 0);
    if (some.slice(1).every(({ from }, i) => from > some[i]!.to + 8)) return some.map(({ tick }) => tick);
  }
  return inside.slice(0, 1).map(({ tick }) => tick);
}

/** Grid and tick labels of a vertical axis, and its name above it. */
export function yAxis(axis: Axis, marginLeft: number): Plot.Markish[] {
  return [
    Plot.gridY(axis.ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
    Plot.text(axis.ticks, {
      ...{ y: (tick) => tick, text: axis.format, frameAnchor: "left", textAnchor: "end", dx: -8, fill: "var(--quiet)" },
    }),
    Plot.text([axis.label], {
      ...{ frameAnchor: "top-left", textAnchor: "start", lineAnchor: "bottom", dx: -marginLeft, dy: -12 },
      fill: "var(--quiet)",
    }),
  ];
}
