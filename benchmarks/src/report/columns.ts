import type { LoadResult, LoadRow, LoadSummary, Measure } from "../result.ts";
import { count, time } from "../units.ts";
import {
  baseline,
  interval,
  measured,
  microseconds,
  NONE,
  percent,
  percentile,
  ratio,
  sizeOrNone,
  value,
} from "../words.ts";
import { html, type Markup } from "./html.ts";

/** A column of a scenario's table, and what it shows of a row. */
export interface Column {
  readonly head: string;
  readonly cell: (summary: LoadSummary, row: LoadRow) => string | Markup;
}

const limits: Record<LoadSummary["limit"], string> = {
  server: "server",
  generator: "generator",
  ports: "local ports",
  waking: "waking",
  schedule: "schedule",
  starvation: "starvation",
};

/** What a table shows: the measure and its ratio always, the rest where it says something about this scenario. */
export function columns(result: LoadResult): Column[] {
  const { measure, cell, rows } = result;
  const seen = rows.flatMap(({ summary }) => (summary === null ? [] : [summary]));
  const some = (known: (summary: LoadSummary) => unknown) => seen.some((summary) => known(summary) !== null);
  const against = baseline(result);
  const open = some(({ offeredRate }) => offeredRate);
  const latencies = measure.unit === "ms" || open;
  const shown: [boolean, Column][] = [
    // Who talks is counted by `served`; who is connected may be more of them, and fewer than in other rows.
    [
      rows.some(({ clients }) => clients !== cell.clients),
      { head: "clients", cell: (_, { clients }) => count(clients) },
    ],
    [true, { head: measure.name, cell: (summary) => estimated(summary, measure) }],
    [
      some(({ effect }) => effect),
      { head: against === null ? "ratio" : `against ${against}`, cell: compared(against) },
    ],
    ...(["lost", "duplicates", "reordered"] as const).map((what): [boolean, Column] => [
      some(({ datagrams }) => datagrams),
      { head: what, cell: ({ datagrams }) => (datagrams === null ? NONE : percent(datagrams[what])) },
    ]),
    [cell.clients > 1, { head: "served", cell: (summary) => served(summary) }],
    [open || measure.name === "CPU/message", { head: "answers /s", cell: answers }],
    [measure.name !== "CPU/message" && some(({ p50 }) => p50), { head: "p50", cell: ({ p50 }) => percentile(p50) }],
    [latencies && some(({ p90 }) => p90), { head: "p90", cell: ({ p90 }) => percentile(p90) }],
    [some(({ p99 }) => p99) && measure.name !== "p99", { head: "p99", cell: ({ p99 }) => percentile(p99) }],
    [latencies && some(({ p999 }) => p999), { head: "p99.9", cell: ({ p999 }) => percentile(p999) }],
    [some(({ serviceP99 }) => serviceP99), { head: "service p99", cell: wait(({ serviceP99 }) => serviceP99) }],
    [some(({ latenessP99 }) => latenessP99), { head: "sent late p99", cell: wait(({ latenessP99 }) => latenessP99) }],
    [measure.name !== "CPU/message", { head: cpuHead(measure), cell: ({ cpuPerReply }) => microseconds(cpuPerReply) }],
    [
      some(({ cpuAboveSequential }) => cpuAboveSequential),
      { head: "above sequential", cell: ({ cpuAboveSequential }) => above(cpuAboveSequential) },
    ],
    [
      measure.name === "CPU/message" && some(({ memoryPerClient }) => memoryPerClient),
      { head: "memory /client", cell: ({ memoryPerClient }) => sizeOrNone(memoryPerClient) },
    ],
    [true, { head: "longest wait", cell: ({ longestWait }) => time(longestWait) }],
    [cell.clients > 1, { head: "fairness", cell: fairness }],
    [true, { head: "limited by", cell: ({ limit }) => limits[limit] }],
  ];
  return shown.flatMap(([applies, column]) => (applies ? [column] : []));
}

const cpuHead = ({ name }: Measure) => (name === "clients/s" ? "CPU /client" : "CPU /message");

const estimated = (summary: LoadSummary, measure: Measure) =>
  html`${value(summary, measure)}<small>${interval(summary.value, (bound) => measured(measure, bound))}</small>`;

/** @param against whom all are compared with; null: it stands with each ratio */
const compared =
  (against: string | null) =>
  ({ ranked, effect, verdict }: LoadSummary, { comparedWith }: LoadRow): Markup => {
    if (!ranked) return html`<b class="alarm">not ranked</b>`;
    if (effect === null) return html`<span class="quiet">${comparedWith === null ? "reference" : NONE}</span>`;
    const word = verdict === null ? null : html` <b class="${verdict === "~" ? "even" : verdict}">${verdict}</b>`;
    const whom = against === null ? html`<small>of ${comparedWith}</small>` : null;
    return html`${ratio(effect.ratio)}×${word}<small>${interval(effect, ratio)}</small>${whom}`;
  };

function served({ served, offered, ranked }: LoadSummary): string | Markup {
  const text = `${count(served)}/${count(offered)}`;
  return ranked ? text : html`<b class="alarm">${text}</b>`;
}

function fairness({ effectiveClients, offered }: LoadSummary): string {
  return offered === 0 ? NONE : (effectiveClients / offered).toFixed(2);
}

function answers({ rate, offeredRate }: LoadSummary): string | Markup {
  return offeredRate === null ? count(rate) : html`${count(rate)}<small>of ${count(offeredRate)}</small>`;
}

const wait = (of: (summary: LoadSummary) => number | null) => (summary: LoadSummary) => {
  const milliseconds = of(summary);
  return milliseconds === null ? NONE : time(milliseconds);
};

/** A cost that noise can make negative: then there is none. */
const above = (value: number | null) => (value !== null && value <= 0 ? "none" : microseconds(value));
