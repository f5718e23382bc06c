import * as Plot from "@observablehq/plot";
import type { SyscallsResult } from "../result.ts";
import { count, time } from "../units.ts";
import { microseconds } from "../words.ts";
import type { Size } from "./chart.ts";
import { dumbbell, dumbbellLegend } from "./dumbbell.ts";
import type { Figure } from "./figure.ts";
import { html } from "./html.ts";
import { barHalf, modelRows } from "./model-rows.ts";
import { axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";
import { textWidth } from "./text-width.ts";

/** As many kinds of calls as there are `--call-…` colours in style.css.ts; the rest is one more. */
const KINDS = 5;
const OTHERS = "others";

/** Which calls one message takes. */
export function calls({ scenario, rows }: SyscallsResult, seriesOf: SeriesOf): Figure | null {
  const counted = rows.filter(({ calls }) => Object.keys(calls).length > 0).sort((a, b) => total(a) - total(b));
  if (counted.length === 0) return null;
  const all = namesByFrequency(counted);
  const kinds = all.length > KINDS + 1 ? [...all.slice(0, KINDS), OTHERS] : all;
  const color = (kind: string) => `var(--call-${kinds.indexOf(kind) + 1})`;
  const bars = counted.map((row) => ({ series: seriesOf(row.model), note: `${count(total(row))} calls` }));
  const x = axisOf(counted.map(total), { type: "linear", label: "calls for one message", format: count });
  const pieces = counted.flatMap((row, i) =>
    stacked(kinds.map((kind) => ({ kind, calls: callsOf(row.calls, kind, kinds) }))).map((piece) => ({
      ...{ ...piece, row: i, series: bars[i]!.series, color: color(piece.kind) },
    })),
  );
  return {
    name: `${scenario}-calls`,
    title: "System calls per message",
    reading:
      "Each piece of a bar is one kind of call. One receive and one send are the service itself; what is more is the price of knowing whom to serve.",
    draw: (size) =>
      modelRows(bars, x, size, [
        Plot.rect(pieces, {
          ...{
            x1: "from",
            x2: "to",
            y1: ({ row }) => row - barHalf(size),
            y2: ({ row }) => row + barHalf(size),
            fill: "color",
          },
          ...{ insetRight: 1, ariaLabel: ({ series }) => series.mark },
        }),
        Plot.text(
          pieces.filter((piece) => (piece.to - piece.from) / x.domain[1] > share(piece.kind, size)),
          {
            ...{ x: ({ from, to }) => (from + to) / 2, y: "row", text: "kind", fill: "var(--page)" },
            ariaLabel: ({ series }) => series.mark,
          },
        ),
      ]),
    legend: html`<ul class="legend">${kinds.map((kind) => html`<li><svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="${color(kind)}"/></svg> ${kind}</li>`)}</ul>`,
    data: {
      head: ["model", ...all, "voluntary switches", "involuntary switches"],
      rows: counted.map(({ model, calls, voluntary, involuntary }) => [
        ...[model, ...all.map((name) => calls[name] ?? 0)],
        ...[voluntary, involuntary],
      ]),
    },
  };
}

/** What the calls and wake-ups of a message cost by themselves, beside what the message costs. */
export function explained({ scenario, rows }: SyscallsResult, seriesOf: SeriesOf): Figure | null {
  const priced = rows
    .flatMap(({ model, error, cpuPerMessage, explained }) =>
      error === null && cpuPerMessage > 0 && explained !== null ? [{ model, cpuPerMessage, explained }] : [],
    )
    .sort((a, b) => a.cpuPerMessage - b.cpuPerMessage);
  if (priced.length === 0) return null;
  const pairs = priced.map(({ model, cpuPerMessage, explained }) => ({
    ...{ series: seriesOf(model), filled: cpuPerMessage / 1000, open: explained / 1000 },
    note: `${microseconds(explained)} of ${microseconds(cpuPerMessage)}`,
  }));
  const x = axisOf(
    pairs.flatMap(({ filled, open }) => [filled, open]),
    { type: "linear", label: "CPU time for one message", format: time },
  );
  return {
    name: `${scenario}-explained`,
    title: "Cost explained: system calls and wake-ups against all CPU",
    reading:
      "Where the two symbols are close, the calls and wake-ups of a message, each at its price, are what it costs. A long line is work that they do not explain: the program itself, or a price that is another under load.",
    draw: (size) => dumbbell(pairs, x, size),
    legend: dumbbellLegend("measured, without the tracer", "explained: calls and wake-ups at their prices"),
    data: {
      head: ["model", "measured, µs", "explained, µs", "explained share"],
      rows: priced.map(({ model, cpuPerMessage, explained }) => [
        ...[model, cpuPerMessage, explained],
        explained / cpuPerMessage,
      ]),
    },
  };
}

type Calls = Readonly<Record<string, number>>;

const total = ({ calls }: { calls: Calls }) => Object.values(calls).reduce((sum, n) => sum + n, 0);

function callsOf(calls: Calls, kind: string, kinds: readonly string[]): number {
  if (kind !== OTHERS) return calls[kind] ?? 0;
  return Object.entries(calls).reduce((sum, [name, n]) => (kinds.includes(name) ? sum : sum + n), 0);
}

function namesByFrequency(rows: readonly { readonly calls: Calls }[]): string[] {
  const sums = new Map<string, number>();
  for (const { calls } of rows) {
    for (const [name, n] of Object.entries(calls)) sums.set(name, (sums.get(name) ?? 0) + n);
  }
  return [...sums].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function stacked(parts: readonly { readonly kind: string; readonly calls: number }[]) {
  let from = 0;
  return parts
    .filter(({ calls }) => calls > 0)
    .map(({ kind, calls }) => {
      const to = from + calls;
      const piece = { kind, from, to };
      from = to;
      return piece;
    });
}

/** The share of the axis below which a piece has no room for its name; a wide frame is at least half of the page. */
const share = (kind: string, { narrow, width, fontSize }: Size) =>
  (textWidth(kind, fontSize) + 8) / (narrow ? width - 20 : width / 2);
