import type { Result } from "../result.ts";
import { count, size } from "../units.ts";
import { distinction, quota } from "../words.ts";
import { breakable, html, type Markup, nothing } from "./html.ts";
import { anchor, scenariosOf } from "./scenario-section.ts";
import { type SeriesOf, swatch } from "./series.ts";

/** What was run, where and when, and what must be known before any number is read. */
export function head(result: Result): Markup {
  return html`<header>
<p class="brand">Echolab</p>
<h1>${title(result)}</h1>
<dl class="facts">${facts(result).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>
`;
}

export const title = ({ startedAt, models }: Result) =>
  `${count(models.length)} ${models.length === 1 ? "model" : "models"}, measured on ${day(startedAt)}`;

/** `2026-01-02 03:04 UTC`, of an ISO 8601 time. */
export const day = (iso: string) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;

/** Blocks of the table that has most of them. */
export const blocks = ({ scenarios }: Result) =>
  Math.max(0, ...scenarios.flatMap((each) => each.rows.map((row) => ("windows" in row ? row.windows.length : 0))));

function facts(result: Result): [string, string | Markup][] {
  const { machine, command, startedAt, finishedAt, seed, id } = result;
  const minutes = (Date.parse(finishedAt) - Date.parse(startedAt)) / 60_000;
  const buffer = (bytes: readonly number[]) => bytes.map(size).join(" / ");
  return [
    ["command", html`<code>${command}</code>`],
    ["run", id],
    [
      "took",
      Number.isFinite(minutes) ? `${minutes.toFixed(1)} min, up to ${count(blocks(result))} blocks a table` : "",
    ],
    ["seed", String(seed)],
    ["processors", `${count(machine.processors)} × ${machine.processor}${quota(machine)}`],
    ["memory", size(machine.memory)],
    ["kernel", machine.kernel],
    ["Node", machine.node],
    [
      "TCP",
      `${machine.congestionControl}, ${machine.ownNetwork ? "in a network namespace of its own" : "in the machine's own network"}`,
    ],
    [
      "buffers",
      `receive ${buffer(machine.tcpReceiveBuffer)}, send ${buffer(machine.tcpSendBuffer)} (least / default / most)`,
    ],
  ];
}

/** What is missing from the tables, and what in them cannot be relied on. */
export function banners(result: Result): Markup {
  const { partial, failed, skipped } = result;
  const invalid = invalidTables(result);
  return html`${
    partial
      ? html`<p class="banner"><b>Partial.</b> The run was interrupted: it has only the blocks that were finished.</p>`
      : nothing
  }${
    invalid.length > 0
      ? html`<p class="banner"><b>No verdicts in ${invalid.join(", ")}.</b> One server, run twice, differed from itself by more than noise can. The machine was too noisy.</p>`
      : nothing
  }${failed.map(({ model, why }) => html`<p class="banner"><b>${breakable(model)} is not timed:</b> ${why}</p>`)}${skipped.map(
    ({ model, why }) => html`<p class="banner mild"><b>${breakable(model)} is skipped:</b> ${why}</p>`,
  )}`;
}

/** Names of the tables in which the reference is not what it is: `size (16 KiB)`. */
export function invalidTables({ scenarios }: Result): string[] {
  const invalid = scenarios.filter((each) => each.kind === "load").filter(({ valid }) => !valid);
  return invalid.map(({ scenario, cell }) => {
    const all = scenarios.filter((each) => each.scenario === scenario).map((each) => each.cell);
    const which = distinction(cell, all);
    return which === "" ? scenario : `${scenario} (${which})`;
  });
}

/** The findings, who is who in the charts, and the way to each scenario. */
export function overview(result: Result, seriesOf: SeriesOf): Markup {
  const { findings, models } = result;
  const sections = scenariosOf(result);
  return html`${
    findings.length > 0
      ? html`<section id="findings"><h2>Findings</h2><ul class="findings">${findings.map((finding) => html`<li>${finding}</li>`)}</ul></section>`
      : nothing
  }${
    models.length > 0
      ? html`<section id="models"><h2>Models</h2><ul class="models">${models.map(
          ({ name, title }) =>
            html`<li class="${seriesOf(name).mark}">${swatch(seriesOf(name))} <span><b>${breakable(name)}</b><br>${title}</span></li>`,
        )}</ul></section>`
      : nothing
  }${
    sections.length > 0
      ? html`<nav aria-label="Scenarios"><ul>${sections.map(({ name }) => html`<li><a href="#${anchor(name)}">${name}</a></li>`)}<li><a href="#this-run">this run</a></li></ul></nav>`
      : html`<p class="quiet">Nothing has been measured.</p>`
  }`;
}
