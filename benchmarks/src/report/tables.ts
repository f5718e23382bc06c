import { atRest, cpuAtRest } from "../at-rest.ts";
import type { IdleResult, LoadResult, SyscallsResult } from "../result.ts";
import { count, time } from "../units.ts";
import { bestFirst, ceiling, microseconds, NONE, shortOfPorts, sizeOrNone } from "../words.ts";
import { columns } from "./columns.ts";
import { scrolling } from "./figure.ts";
import { breakable, html, type Markup, nothing } from "./html.ts";
import { type SeriesOf, swatch } from "./series.ts";

export function loadTable(result: LoadResult, caption: string, seriesOf: SeriesOf): Markup {
  const shown = columns(result);
  const rows = bestFirst(result).map((row) => {
    const { model, error, summary } = row;
    if (error !== null || summary === null) return { model, error: error ?? "not measured", cells: [] };
    return { model, error: null, cells: shown.map(({ cell }) => cell(summary, row)) };
  });
  return html`${table(
    caption,
    shown.map(({ head }) => head),
    rows,
    seriesOf,
  )}${notes(result)}`;
}

export function idleTable(result: IdleResult, caption: string, seriesOf: SeriesOf): Markup {
  const head = ["start", "memory at ready", "memory /client", "CPU of no load"];
  const seen = atRest(result).map(({ model, startTime, memory, memoryPerClient, cpu }) => ({
    ...{ model, error: null },
    cells: [
      ...[time(startTime), sizeOrNone(memory), sizeOrNone(memoryPerClient)],
      cpu > 0.5 ? html`<b class="alarm">${cpuAtRest(cpu)}</b>` : cpuAtRest(cpu),
    ],
  }));
  const unseen = result.rows
    .filter(({ samples }) => samples.length === 0)
    .map(({ model, error }) => ({ model, error: error ?? "not measured", cells: [] }));
  const broken = result.rows.filter(({ samples, error }) => samples.length > 0 && error !== null);
  return html`${table(caption, head, [...seen, ...unseen], seriesOf)}${broken.map(
    ({ model, error }) => html`<p class="note">${model} was not seen in all blocks: ${error}</p>`,
  )}`;
}

export function syscallsTable({ rows }: SyscallsResult, caption: string, seriesOf: SeriesOf): Markup {
  const head = ["calls /message", "the most frequent", "waits /message", "CPU/message", "explained"];
  const sum = (calls: Readonly<Record<string, number>>) => Object.values(calls).reduce((all, n) => all + n, 0);
  const cheapestFirst = [...rows].sort(
    (a, b) => Number(a.error !== null) - Number(b.error !== null) || a.cpuPerMessage - b.cpuPerMessage,
  );
  const shown = cheapestFirst.map(({ model, error, calls, voluntary, cpuPerMessage, explained }) => ({
    ...{ model, error },
    cells: error
      ? []
      : [
          ...[count(sum(calls)), Object.keys(calls).slice(0, 3).join(", ") || NONE, count(voluntary)],
          microseconds(cpuPerMessage),
          explained === null || cpuPerMessage === 0
            ? NONE
            : html`${microseconds(explained)}<small>${Math.round((explained / cpuPerMessage) * 100)} %</small>`,
        ],
  }));
  return table(caption, head, shown, seriesOf);
}

interface Row {
  readonly model: string;
  readonly error: string | null;
  readonly cells: readonly (string | Markup)[];
}

function table(caption: string, head: readonly string[], rows: readonly Row[], seriesOf: SeriesOf): Markup {
  if (rows.length === 0) return html`<p class="quiet">No row has been measured.</p>`;
  return scrolling(
    caption,
    html`<table class="main"><caption class="unseen">${caption}</caption>
<thead><tr><th scope="col">model${head.map((text) => html`<th scope="col">${text}`)}</tr></thead>
<tbody>${rows.map(
      ({ model, error, cells }) =>
        html`<tr class="${seriesOf(model).mark}"><th scope="row">${swatch(seriesOf(model))} ${breakable(model)}${
          error === null
            ? cells.map((cell) => html`<td>${cell}`)
            : html`<td class="error" colspan="${head.length}">${error}`
        }
`,
    )}</tbody></table>`,
  );
}

/** What the numbers must not be read without. */
function notes(result: LoadResult): Markup {
  const { rows, measure, valid } = result;
  const limited = rows.some(({ role, summary }) => role === "row" && summary?.limit === "generator");
  const ports = shortOfPorts(result);
  return html`${
    limited && measure.better === "more"
      ? html`<p class="note">≥: the load generator was the limit; the server may be able to do more. The generator's ceiling, as seen in this table: ${count(ceiling(result))} messages/s.</p>`
      : nothing
  }${ports ? html`<p class="note">≥: bounded by the ${count(ports)} local ports of the machine; the server may be able to do more.</p>` : nothing}${
    valid
      ? nothing
      : html`<p class="banner"><b>No verdicts.</b> One server, run twice, differed from itself by more than noise can: this table is not to be relied on.</p>`
  }`;
}
