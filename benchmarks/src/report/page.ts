import { html, type Markup, raw } from "./html.ts";
import { script } from "./script.ts";
import { colors, type Series, swatch, symbolDefinitions } from "./series.ts";
import { style } from "./style.css.ts";

/** An empty picture, so that the browser asks nobody for one. */
const FAVICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

interface Page {
  readonly title: string;
  readonly head: Markup;
  readonly main: Markup;
  readonly series: readonly Series[];
}

/** One file that needs no other. */
export function page({ title, head, main, series }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Echolab: ${title}</title>
<link rel="icon" href="${raw(FAVICON)}">
<style>${raw(style + colors(series.length))}</style>
</head>
<body>
${symbolDefinitions(series)}
<a class="skip" href="#main">To the results</a>
${head}
<main id="main">
<div class="highlight" role="group" aria-label="Highlight one model" hidden><span>Highlight</span>${series.map(
    (each) =>
      html`<button type="button" value="${each.mark}" aria-pressed="false">${swatch(each)} ${each.name}</button>`,
  )}</div>
${main}</main>
<footer><p>One echo server, many ways to serve many clients. Made by <code>pnpm bench</code>.</p></footer>
<script>${raw(script)}</script>
</body>
</html>
`.markup;
}
