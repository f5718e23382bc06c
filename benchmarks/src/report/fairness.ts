import * as Plot from "@observablehq/plot";
import type { LoadResult } from "../result.ts";
import { count } from "../units.ts";
import { bestFirst } from "../words.ts";
import type { Figure } from "./figure.ts";
import { html, type Markup } from "./html.ts";
import { barHalf, modelRows } from "./model-rows.ts";
import { linearTicks } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

/** Shares of the mean up to which a shade goes; `starved`, for none at all, is marked in another way. */
const shades = [
  { upTo: 0, color: "var(--alarm)", words: "no answer at all" },
  { upTo: 0.5, color: "var(--share-1)", words: "up to half of the mean" },
  { upTo: 0.9, color: "var(--share-2)", words: "up to 0.9" },
  { upTo: 1.1, color: "var(--share-3)", words: "0.9 to 1.1" },
  { upTo: 2, color: "var(--share-4)", words: "up to twice" },
  { upTo: Number.POSITIVE_INFINITY, color: "var(--share-5)", words: "more" },
] as const;

/** Clients one beside the other, from the least to the best served; none where all rows are one shade or nearly so. */
export function fairness(result: LoadResult, seriesOf: SeriesOf): Figure | null {
  const rows = bestFirst(result).flatMap(({ model, windows }) => {
    const clients = served(windows.map(({ shares }) => shares));
    const starved = clients.filter((answers) => answers === 0).length;
    const note = starved === 0 ? "" : `${count(starved)} of ${count(clients.length)} starve`;
    return clients.length > 1 ? [{ series: seriesOf(model), clients, starved, note }] : [];
  });
  if (rows.every(({ clients }) => isFair(clients))) return null;
  const most = Math.max(...rows.map(({ clients }) => clients.length));
  const x = {
    ...{ type: "linear" as const, label: "clients, sorted by what they got", format: count },
    ...{ domain: [0, most] as const, ticks: linearTicks(0, most).filter(Number.isInteger) },
  };
  const cells = rows.flatMap(({ series, clients }, row) => runs(clients).map((run) => ({ ...run, series, row })));
  const cross = rows.flatMap(({ starved, series }, row) => (starved > 0 ? [{ starved, series, row }] : []));
  return {
    name: `${result.scenario}-fairness`,
    title: "Who is served",
    reading:
      "A row is a server, a cell one of its clients; the stronger its shade, the more answers it got, as a share of the mean over all. A row of one shade is fair; a struck-through red part got nothing.",
    draw: (size) =>
      modelRows(rows, x, size, [
        Plot.rect(cells, {
          ...{ x1: "from", x2: "to", y1: ({ row }) => row - barHalf(size), y2: ({ row }) => row + barHalf(size) },
          ...{ fill: "color", ariaLabel: ({ series }) => series.mark },
        }),
        most > (size.narrow ? 50 : 100) ? [] : edges(most, rows.length),
        Plot.link(cross, {
          ...{ x1: 0, x2: "starved", y1: "row", y2: "row", stroke: "var(--page)", strokeWidth: 2 },
          ariaLabel: ({ series }) => series.mark,
        }),
      ]),
    legend,
    data: {
      head: ["answers to client", ...Array.from({ length: most }, (_, i) => String(i + 1))],
      rows: rows.map(({ series, clients }) => [series.name, ...clients]),
    },
  };
}

const legend: Markup = html`<ul class="legend">${shades.map(
  ({ color, words, upTo }) =>
    html`<li><svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="${color}"/>${upTo === 0 ? html`<path d="M0,6H12" stroke="var(--page)" stroke-width="2"/>` : null}</svg> ${words}</li>`,
)}</ul>`;

/** What sets one client's cell apart from the next, as one line with gaps. */
function edges(clients: number, rows: number) {
  const ends = Array.from({ length: clients - 1 }, (_, i) => [
    { x: i + 1, y: -0.5 },
    { x: i + 1, y: rows - 0.5 },
    { x: i + 1, y: Number.NaN },
  ]);
  return Plot.line(ends.flat(), { x: "x", y: "y", stroke: "var(--page)", strokeWidth: 0.75 });
}

/** Answers of each client over all windows, the fewest first. */
function served(windows: readonly (readonly number[])[]): number[] {
  const clients = Math.max(0, ...windows.map(({ length }) => length));
  return Array.from({ length: clients }, (_, client) =>
    windows.reduce((sum, shares) => sum + (shares[client] ?? 0), 0),
  ).sort((a, b) => a - b);
}

/** Whether nobody got less than half of the mean, and nobody more than twice of it. */
function isFair(clients: readonly number[]): boolean {
  const mean = clients.reduce((sum, answers) => sum + answers, 0) / clients.length;
  return clients.every((answers) => answers >= mean / 2 && answers <= mean * 2);
}

/** Neighbours of one shade are drawn as one. */
function runs(clients: readonly number[]) {
  const mean = clients.reduce((sum, answers) => sum + answers, 0) / clients.length;
  const colors = clients.map((answers) => shades.find(({ upTo }) => answers <= upTo * mean)!.color);
  const starts = [...colors.keys()].filter((i) => colors[i] !== colors[i - 1]);
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? colors.length, color: colors[from]! }));
}
