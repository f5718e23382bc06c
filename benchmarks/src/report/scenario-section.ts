import { atRest } from "../at-rest.ts";
import type { IdleResult, LoadResult, Result, ScenarioResult, SyscallsResult } from "../result.ts";
import { time } from "../units.ts";
import { distinction, precision, settings } from "../words.ts";
import { churn } from "./churn.ts";
import { crowd } from "./crowd.ts";
import { drift } from "./drift.ts";
import { fairness } from "./fairness.ts";
import { type Figure, figure } from "./figure.ts";
import { forest } from "./forest.ts";
import { growth } from "./growth.ts";
import { html, type Markup, nothing } from "./html.ts";
import { cpuOfNoLoad, memoryAtRest } from "./idle.ts";
import { latencyUnderLoad } from "./latency-load.ts";
import { percentiles } from "./percentiles.ts";
import type { SeriesOf } from "./series.ts";
import { calls, explained } from "./syscalls.ts";
import { idleTable, loadTable, syscallsTable } from "./tables.ts";

/** One scenario: its tables, in their order, and what can be seen only across them. */
export interface Scenario {
  readonly name: string;
  readonly results: readonly ScenarioResult[];
}

/** Results of one scenario belong together, wherever they stand. */
export function scenariosOf({ scenarios }: Result): Scenario[] {
  const names = [...new Set(scenarios.map(({ scenario }) => scenario))];
  return names.map((name) => ({ name, results: scenarios.filter(({ scenario }) => scenario === name) }));
}

export const anchor = (name: string) => `scenario-${name.replace(/[^A-Za-z0-9-]/g, "-")}`;

export function scenarioSection({ name, results }: Scenario, seriesOf: SeriesOf): Markup {
  const [first] = results;
  const loads = results.filter((result) => result.kind === "load");
  const across = [...growth(loads, seriesOf), ...latencyUnderLoad(loads, seriesOf)];
  return html`<section id="${anchor(name)}">
<h2>${name}</h2>
<p class="shows">${sentence(first!.shows)}</p>
<p class="quiet">${sentence(`it punishes ${first!.punishes}`)}</p>
${results.length > 1 ? figures(across) : nothing}
${results.map((result) => part(result, results, seriesOf))}
</section>
`;
}

/** One table, and the charts of it alone. */
function part(result: ScenarioResult, all: readonly ScenarioResult[], seriesOf: SeriesOf): Markup {
  const what = distinction(
    result.cell,
    all.map(({ cell }) => cell),
  );
  const caption = what === "" ? result.scenario : `${result.scenario}, ${what}`;
  return html`${what === "" ? nothing : html`<h3>${what}</h3>`}
<p class="settings">${lines(result).join(" · ")}</p>
${content(result, caption, { seriesOf, before: all[all.indexOf(result) - 1] })}`;
}

/** What the parts of a section have to know. */
interface Context {
  readonly seriesOf: SeriesOf;
  /** The table before it, of the same scenario. */
  readonly before: ScenarioResult | undefined;
}

function lines(result: ScenarioResult): string[] {
  if (result.kind === "idle") return ["nobody, then clients who connect and stay silent"];
  return result.kind === "load" ? [...settings(result.cell), ...precision(result)] : settings(result.cell);
}

function content(result: ScenarioResult, caption: string, context: Context): Markup {
  if (result.kind === "idle") return idlePart(result, caption, context.seriesOf);
  if (result.kind === "syscalls") return syscallsPart(result, caption, context.seriesOf);
  return loadPart(result, caption, context);
}

/** A long run has many tables: what a chart would say again, it says once. */
function loadPart(result: LoadResult, caption: string, { seriesOf, before }: Context): Markup {
  return html`${loadTable(result, caption, seriesOf)}${figures([
    forest(result, seriesOf),
    crowd(result, seriesOf),
    churn(result, seriesOf),
    waits(result) ? percentiles(result, seriesOf) : null,
    served(result) === served(before) ? null : fairness(result, seriesOf),
    before && result.valid ? null : drift(result, seriesOf),
  ])}`;
}

/**
 * Whether latency is the subject: it is not where as many messages as possible are under way. At a share of what each
 * can do at most, no two servers are asked the same: `latencyUnderLoad` has them all in one chart.
 */
const waits = ({ measure, cell: { rate, clients } }: LoadResult) =>
  rate ? "perSecond" in rate : measure.unit === "ms" || clients === 1;

/** How many of its clients each server has served. */
const served = (result: ScenarioResult | undefined) =>
  result?.kind === "load"
    ? result.rows.map(({ model, summary }) => `${model} ${summary?.served}/${summary?.offered}`).join()
    : undefined;

function idlePart(result: IdleResult, caption: string, seriesOf: SeriesOf): Markup {
  const rows = atRest(result);
  const charts = rows.length === 0 ? [] : [memoryAtRest(rows, seriesOf), cpuOfNoLoad(rows, seriesOf)];
  return html`${idleTable(result, caption, seriesOf)}${figures(charts)}`;
}

function syscallsPart(result: SyscallsResult, caption: string, seriesOf: SeriesOf): Markup {
  const prices = Object.entries(result.prices).sort(([, a], [, b]) => b - a);
  const tools = { perf: "perf's tracepoints", strace: "strace" };
  return html`<p class="settings">${
    result.tool === null
      ? "This machine has neither perf nor strace: nobody could count the calls."
      : `Counted by ${tools[result.tool]}, in a pass of its own: counting slows servers down, so nothing else was measured in it.`
  }</p>
${syscallsTable(result, caption, seriesOf)}${figures([calls(result, seriesOf), explained(result, seriesOf)])}${
  prices.length === 0
    ? nothing
    : html`<table class="small"><caption>What one call costs on this machine, by itself</caption><thead><tr><th scope="col">call</th><th scope="col">CPU time</th></tr></thead><tbody>${prices.map(
        ([call, nanoseconds]) => html`<tr><th scope="row">${call}</th><td>${time(nanoseconds / 1e6)}</td></tr>`,
      )}</tbody></table>`
}`;
}

const figures = (charts: readonly (Figure | null)[]): Markup[] =>
  charts.filter((chart) => chart !== null).map((chart) => figure(chart));

/** As it stands in a text: with a capital letter and a full stop. */
const sentence = (text: string) => (text === "" ? "" : `${text[0]!.toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`);
