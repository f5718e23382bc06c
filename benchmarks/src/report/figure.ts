import type * as Plot from "@observablehq/plot";
import { count } from "../units.ts";
import { draw, type Size, sizes } from "./chart.ts";
import { html, type Markup, nothing, raw } from "./html.ts";

/** A chart as a reader meets it: its title, how it is read, the drawing, and the numbers under it. */
export interface Figure {
  /** Of the file that its data are saved as. */
  readonly name: string;
  readonly title: string;
  /** One or two sentences. */
  readonly reading: string;
  readonly draw: (size: Size) => Plot.PlotOptions;
  /** What symbols and colours mean, where the drawing does not say it itself. */
  readonly legend?: Markup;
  readonly data: Data;
}

/** The first column is the name of a row. */
export interface Data {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export function figure({ name, title, reading, draw: options, legend, data }: Figure): Markup {
  return html`<figure>
<figcaption><strong>${title}</strong><span>${reading}</span></figcaption>
${sizes.map((size) => draw(options(size), size, `${title}: the numbers are in the table below`))}
${legend ?? nothing}
<details><summary>The numbers<span class="unseen">: ${title}</span></summary>
${scrolling(
  title,
  html`<table><caption class="unseen">${title}</caption><thead><tr>${data.head.map((text) => html`<th scope="col">${text}`)}</tr></thead><tbody>${data.rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first ?? ""}${rest.map((value) => html`<td>${shown(value)}`)}`,
  )}</tbody></table>`,
)}
<p><a download="${name}.csv" href="${raw(csvUrl(data))}">Save as CSV<span class="unseen">: ${title}</span></a></p></details>
</figure>
`;
}

function shown(value: string | number | null): string | null {
  if (typeof value !== "number") return value;
  return Number.isFinite(value) ? count(value) : "∞";
}

/** A table that is wider than the page scrolls by itself, with the keyboard too. */
export const scrolling = (label: string, content: Markup): Markup =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;

/** RFC 4180, in a URL that needs nothing but itself. */
function csvUrl({ head, rows }: Data): string {
  const field = (value: string | number | null) => {
    if (typeof value === "number") return String(Number(value.toPrecision(6)));
    return /[",\r\n]/.test(value ?? "") ? `"${value!.replaceAll('"', '""')}"` : (value ?? "");
  };
  const text = [head, ...rows].map((row) => row.map(field).join(",")).join("\r\n");
  // What encodeURI leaves as it is, and yet ends a URL's path or an attribute.
  return `data:text/csv;charset=utf-8,${encodeURI(text).replace(/[#?&']/g, (char) => `%${char.charCodeAt(0).toString(16)}`)}`;
}
