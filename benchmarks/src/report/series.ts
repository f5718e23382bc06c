import { html, type Markup, raw } from "./html.ts";

/** How one model is drawn, the same in all charts. */
export interface Series {
  readonly name: string;
  /** Its number from 1, as charts on a narrow screen show it. */
  readonly number: number;
  /** The class of everything that is this model's: in a drawing, `currentColor` is the model's colour there. */
  readonly mark: string;
  readonly symbol: (typeof symbols)[number];
  /** Beyond the number of colours, lines of one colour differ by this. */
  readonly dashed: boolean;
}

export type SeriesOf = (model: string) => Series;

const symbols = ["circle", "square", "triangle", "diamond", "star", "wye", "cross"] as const;

/** The mark of a window in which others used the processors. */
export const CROSS = "mx";

/** As many as there are `--series-…` colours in style.css.ts; prime to the number of symbols, so that 56 pairs differ. */
const COLORS = 8;

export function seriesOf(models: readonly { readonly name: string }[]): SeriesOf {
  const names = models.map(({ name }) => name);
  return (name) => {
    const index = Math.max(0, names.indexOf(name));
    return {
      ...{ name, number: index + 1, mark: `m${index}`, symbol: symbols[index % symbols.length]! },
      dashed: index >= COLORS,
    };
  };
}

/** The style sheet's part on so many models. */
export const colors = (models: number) =>
  Array.from({ length: models }, (_, i) => `svg .m${i},svg.m${i}{color:var(--series-${(i % COLORS) + 1})}`).join("\n");

/** A model's symbol within a line of text. */
export const swatch = ({ mark, number }: Series): Markup =>
  html`<svg class="swatch ${mark}" viewBox="-6 -6 12 12" aria-hidden="true"><use href="#s${number - 1}"/></svg>`;

/** What `swatch` and the charts draw, once for the page. */
export const symbolDefinitions = (series: readonly Series[]): Markup =>
  html`<svg width="0" height="0" aria-hidden="true" class="unseen"><defs>${series.map(({ symbol, number }) => html`<path id="s${number - 1}" d="${raw(outlines[symbol])}"/>`)}<path id="sx" d="M-4,-4L4,4M-4,4L4,-4" stroke-width="2"/></defs></svg>`;

/** The shapes of Plot's symbols of the same name, about 10 units wide. */
const outlines: Record<Series["symbol"], string> = {
  circle: "M4.5,0A4.5,4.5,0,1,1,-4.5,0A4.5,4.5,0,1,1,4.5,0",
  square: "M-4,-4H4V4H-4Z",
  triangle: "M0,-5L4.6,3.2H-4.6Z",
  diamond: "M0,-5.6L3.3,0L0,5.6L-3.3,0Z",
  star: "M0,-5.6L1.3,-1.7H5.3L2,.7L3.3,4.5L0,2.1L-3.3,4.5L-2,.7L-5.3,-1.7H-1.3Z",
  wye: "M1.5,1V4.6H-1.5V1L-4.9,-1L-3.4,-3.6L0,-1.6L3.4,-3.6L4.9,-1Z",
  cross: "M-5,-1.7H-1.7V-5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5Z",
};
