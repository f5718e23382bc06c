import type { Result } from "../result.ts";
import { banners, head, overview, title } from "./head.ts";
import { html } from "./html.ts";
import { page } from "./page.ts";
import { scenarioSection, scenariosOf } from "./scenario-section.ts";
import { seriesOf } from "./series.ts";
import { thisRun } from "./this-run.ts";

/** A run as one HTML file: nothing is loaded, and nothing needs JavaScript. */
export function renderReport(result: Result): string {
  const series = seriesOf(result.models);
  return page({
    title: title(result),
    head: head(result),
    main: html`${banners(result)}${overview(result, series)}${scenariosOf(result).map((scenario) =>
      scenarioSection(scenario, series),
    )}${thisRun(result)}`,
    series: result.models.map(({ name }) => series(name)),
  });
}
