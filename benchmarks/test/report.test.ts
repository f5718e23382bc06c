import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { renderReport, renderSummary } from "../src/report/index.ts";
import { linearTicks, logTicks } from "../src/report/scale.ts";
import { spread } from "../src/report/spread.ts";
import { style } from "../src/report/style.css.ts";
import type { LoadResult, Result } from "../src/result.ts";
import { madeUp } from "./fixture.ts";

const run = madeUp();
const empty: Result = { ...run, models: [], scenarios: [], findings: [], failed: [], skipped: [], selfTest: null };

describe("what a report says", () => {
  const report = renderReport(run);

  test("names every model and every scenario, and who is missing and why", () => {
    for (const { name } of run.models) expect(text(report)).toContain(name);
    for (const { scenario } of run.scenarios) expect(report).toContain(`<h2>${scenario}</h2>`);
    expect(text(report)).toContain("my-server is not timed: large messages");
    expect(text(report)).toContain("c-io-uring is skipped: liburing.h is not here");
  });

  test("puts who left clients out last, and does not rank it", () => {
    const [, table] = /<caption class="unseen">throughput<\/caption>(.*?)<\/table>/s.exec(report)!;
    expect(text(table!.split("<tr").at(-1)!)).toMatch(/sequential.*not ranked.*1\/50/);
  });

  test("with two models' data swapped, the words and the charts swap too", () => {
    const swapped = renamed(run, { sequential: "event-loop@v1.0", "event-loop@v1.0": "sequential" });
    const unranked = /\| (\S+) \| [^|]* \| not ranked \| {2}\| 1\/50 \|/;
    expect(unranked.exec(renderSummary(run))![1]).toBe("sequential");
    expect(unranked.exec(renderSummary(swapped))![1]).toBe("event-loop@v1.0");
    const starving = (html: string) => /throughput-fairness.csv" href="[^"]*%0A([^,]*),0,0,0/.exec(html)![1];
    expect(starving(report)).toBe("sequential");
    expect(starving(renderReport(swapped))).toBe("event-loop@v1.0");
  });

  test("takes no name and no error for markup", () => {
    const evil = `<img src=x onerror="alert('1')">&amp;|\`*`;
    const hostile = renamed(
      { ...run, failed: [{ model: evil, why: evil }] },
      { "busy-wait:when-nothing=back-off": evil },
    );
    expect(renderReport(hostile)).not.toContain("<img");
    expect(renderSummary(hostile)).not.toContain("<img");
    expect(renderSummary(hostile)).not.toMatch(/[^\\]\|`/);
  });

  test("says that a run was interrupted, and that a table is not to be relied on", () => {
    expect(text(renderReport({ ...run, partial: true }))).toContain("Partial. The run was interrupted");
    expect(renderSummary({ ...run, partial: true })).toContain("> **Partial**");
    expect(text(report)).toContain("No verdicts in slow-client.");
    const [, section] = /id="scenario-slow-client"(.*?)<\/section>/s.exec(report)!;
    expect(section).not.toMatch(/class="(faster|slower)"/);
  });

  test("is there for a run without anything in it", () => {
    expect(text(renderReport(empty))).toContain("Nothing has been measured.");
    expect(renderSummary(empty)).toMatch(/^\*\*Echolab\*\*.*\n$/);
  });

  test("is there for rows that only failed, or have one window", () => {
    const cut = (keep: number): Result => ({
      ...run,
      scenarios: run.scenarios.map((each) => {
        if (each.kind === "idle") return { ...each, rows: each.rows.map((row) => ({ ...row, samples: [] })) };
        if (each.kind === "syscalls") return { ...each, tool: null, prices: {}, rows: [] };
        return { ...each, rows: each.rows.map((row) => shortened(row, keep)) };
      }),
    });
    for (const result of [cut(0), cut(1)]) expect(noNumber.exec(renderReport(result))).toBeNull();
  });

  test("says whom a row is compared with, where that is not the same for all", () => {
    const pairs = run.scenarios.map((each) =>
      each.kind === "load"
        ? {
            ...each,
            rows: each.rows.map((row) => (row.model === "busy-wait" ? { ...row, comparedWith: "sequential" } : row)),
          }
        : each,
    );
    expect(text(report)).toContain("against event-loop");
    const compared = text(renderReport({ ...run, scenarios: pairs }));
    expect(compared).not.toContain("against event-loop");
    expect(compared).toMatch(/busy-wait ≥ [^×]*× \w+ \[[^\]]*\] of sequential/);
  });

  test("draws and writes a ratio that has no end, or is nothing", () => {
    const endless = { ratio: 0, low: 0, high: Number.POSITIVE_INFINITY, coverage: 0.98, p: 1, blocks: 5 };
    const scenarios = run.scenarios.map((each) =>
      each.kind === "load"
        ? {
            ...each,
            rows: each.rows.map((row) => ({ ...row, summary: row.summary && { ...row.summary, effect: endless } })),
          }
        : each,
    );
    expect(text(renderReport({ ...run, scenarios }))).toContain("[0, ∞]");
    expect(noNumber.exec(renderReport({ ...run, scenarios }).replace(/<a download[^>]*>/g, ""))).toBeNull();
  });

  test("has no number that is none", () => {
    expect(noNumber.exec(report)).toBeNull();
    expect(noNumber.exec(renderSummary(run))).toBeNull();
  });

  test("shows who is served once, as long as it is the same", () => {
    const table = run.scenarios.find(
      (each): each is LoadResult => each.scenario === "throughput" && each.kind === "load",
    )!;
    const larger = { ...table, cell: { ...table.cell, bytes: 2 * table.cell.bytes } };
    const starving = {
      ...larger,
      rows: larger.rows.map((row) => ({ ...row, summary: row.summary && { ...row.summary, served: 0 } })),
    };
    const charts = (...scenarios: LoadResult[]) =>
      renderReport({ ...run, scenarios }).match(/download="throughput-fairness.csv"/g)?.length;
    expect(charts(table)).toBe(1);
    expect(charts(table, larger)).toBe(1);
    expect(charts(table, starving)).toBe(2);
  });

  test("stays below a million bytes with 15 models in 20 tables", { timeout: 180_000 }, () => {
    const large = madeUp(15);
    expect(large.scenarios).toHaveLength(20);
    expect(Buffer.byteLength(renderReport(large))).toBeLessThan(1e6);
  });
});

describe("how a chart is laid out", () => {
  test("labels keep their distance, their order and the frame", () => {
    const places = spread([0.5, 0.5, 0.51, 0, 1], 0.1);
    const sorted = [...places].sort((a, b) => a - b);
    for (const [i, place] of sorted.slice(1).entries()) expect(place - sorted[i]!).toBeGreaterThanOrEqual(0.1 - 1e-9);
    expect(places[3]).toBe(0);
    expect(places[4]).toBe(1);
    expect(places[2]).toBeGreaterThan(places[1]!);
  });

  test("more labels than fit at one end move away from it", () => {
    expect(spread([1, 1, 1], 0.2).map((place) => place.toFixed(2))).toEqual(["0.60", "0.80", "1.00"]);
  });

  test("ticks are round, and within the span", () => {
    expect(linearTicks(0, 10)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(linearTicks(0.83, 1.21)).toEqual([0.9, 1, 1.1, 1.2]);
    expect(logTicks(3, 300)).toEqual([10, 100]);
    expect(logTicks(8, 40)).toEqual([10, 20]);
    expect(logTicks(0.0009, 2)).toEqual([0.001, 0.01, 0.1, 1]);
  });
});

test.each(["light", "dark"])("what is drawn stands out from the page, and text even more: %s", (theme) => {
  const [light, dark] = style.split("@media screen");
  const declared = [...(theme === "light" ? light! : dark!.split("@media print")[0]!).matchAll(/--([\w-]+): (#\w+);/g)];
  const colors = new Map(declared.map(([, name, color]) => [name!, color!]));
  const contrast = (a: string, b: string) => {
    const [dim, bright] = [luminance(colors.get(a)!), luminance(colors.get(b)!)].sort((x, y) => x - y);
    return (bright! + 0.05) / (dim! + 0.05);
  };
  const named = (start: string) => [...colors.keys()].filter((name) => name.startsWith(start));
  expect(named("series-")).toHaveLength(8);
  for (const name of named("series-")) expect(contrast(name, "page"), name).toBeGreaterThan(3);
  for (const name of [...named("call-"), "ink", "quiet", "alarm"]) {
    expect(contrast(name, "page"), name).toBeGreaterThan(4.5);
  }
  for (const name of ["ink", "quiet"]) expect(contrast(name, "band"), name).toBeGreaterThan(4.5);
});

/** Relative luminance (WCAG 2.2) of `#rgb` or `#rrggbb`. */
function luminance(color: string): number {
  const digits = color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit) : color.match(/[^#]{2}/g)!;
  const [red, green, blue] = digits.map((hex) => {
    const share = Number.parseInt(hex, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

const noNumber = /NaN|undefined|Infinity/;

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

describe(`in a browser (${executablePath}, or CHROMIUM_PATH)`, { timeout: 300_000 }, () => {
  let browser: Browser;
  let folder: string;
  const url = (name: string) => `file://${join(folder, name)}`;

  const isHere = existsSync(executablePath);
  beforeEach(({ skip }) => skip(!isHere, "needs Chromium"));
  beforeAll(async () => {
    if (!isHere) return;
    folder = mkdtempSync(join(tmpdir(), "report-"));
    writeFileSync(join(folder, "report.html"), renderReport(brief(madeUp(5))));
    writeFileSync(join(folder, "large.html"), renderReport(madeUp(15)));
    writeFileSync(join(folder, "empty.html"), renderReport(empty));
    browser = await chromium.launch({ executablePath, args: flags });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  test.each([true, false])(
    "asks for nothing and fits, light and dark, wide and narrow, JavaScript %s",
    async (script) => {
      const { page, seen } = await open(browser, url("report.html"), script);
      for (const [colorScheme, width] of script ? looks : [looks[0], looks[3]]) {
        await look(page, colorScheme, width);
        expect(await page.evaluate("document.documentElement.scrollWidth"), `${width}`).toBeLessThanOrEqual(width);
        expect(await page.evaluate(clashes), `${colorScheme}, ${width} px`).toEqual([]);
        expect(await page.locator(".highlight").isVisible()).toBe(script);
      }
      expect(seen).toEqual([url("report.html")]);
      await page.context().close();
    },
  );

  test("fits with 15 models, its numbers unfolded", async () => {
    const { page } = await open(browser, url("large.html"));
    for (const width of [1280, 390]) {
      await look(page, "light", width);
      expect(await page.evaluate(clashes), `${width} px`).toEqual([]);
      await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });

  test.each(["report.html", "empty.html"])(
    "axe finds nothing serious, light and wide, dark and narrow: %s",
    async (name) => {
      const { page } = await open(browser, url(name));
      // A drawing is one picture to axe, and its colours have a test of their own: without its parts axe is much faster.
      await page.evaluate("for (const each of document.querySelectorAll('.chart')) each.replaceChildren()");
      await page.addScriptTag({ content: axe });
      // What a theme changes does not depend on the width, and what a width changes not on the theme.
      for (const [colorScheme, width] of [looks[0], looks[3]]) {
        await look(page, colorScheme, width);
        expect(await page.evaluate(serious), `${colorScheme}, ${width} px`).toEqual([]);
      }
      await page.context().close();
    },
  );

  test("one model stands out at the press of a key, and no longer at the next", async () => {
    const { page } = await open(browser, url("report.html"));
    const button = page.getByRole("button", { name: "event-loop", exact: true });
    const faded = () => page.locator(".chart.wide .dim").count();
    await button.focus();
    await page.keyboard.press("Enter");
    expect(await button.getAttribute("aria-pressed")).toBe("true");
    expect(await faded()).toBeGreaterThan(100);
    expect(await page.locator(".chart .m4.dim").count()).toBe(0);
    await page.keyboard.press("Enter");
    expect(await button.getAttribute("aria-pressed")).toBe("false");
    expect(await faded()).toBe(0);
    await page.context().close();
  });

  test("a chart's numbers are saved as CSV, and open with the keyboard", async () => {
    const { page } = await open(browser, url("report.html"), false);
    await page.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    const downloading = page.waitForEvent("download");
    await page
      .getByRole("link", { name: /Save as CSV/ })
      .first()
      .click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("idle-memory.csv");
    const saved = readFileSync(await download.path(), "utf8");
    expect(saved).toMatch(/^model,"at ready, bytes","one more client, bytes"\r\n/);
    expect(saved).toContain("\r\nevent-loop,39845900,5200");
    await page.context().close();
  });
});

const looks = [
  ["light", 1280],
  ["light", 390],
  ["dark", 1280],
  ["dark", 390],
] as const;

/** A page, and what it asked for and complained of. */
async function open(browser: Browser, url: string, javaScriptEnabled = true) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled });
  const page = await context.newPage();
  const seen: string[] = [];
  page.on("request", (request) => request.url().startsWith("data:") || seen.push(request.url()));
  page.on("console", (message) => seen.push(message.text()));
  page.on("pageerror", (error) => seen.push(error.message));
  await page.goto(url);
  return { page, seen };
}

async function look(page: Page, colorScheme: "light" | "dark", width: number) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
}

/** Texts of one drawing that lie upon one another, or stand out of it. */
const clashes = `[...document.querySelectorAll("svg.chart")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  if (frame.width === 0) return [];
  const texts = [...svg.querySelectorAll("text")].map((text) => ({ words: text.textContent, at: text.getBoundingClientRect() }));
  const name = svg.getAttribute("aria-label");
  const out = texts.filter(({ at }) => at.left < frame.left - 1 || at.right > frame.right + 1 || at.top < frame.top - 1 || at.bottom > frame.bottom + 1);
  const over = texts.flatMap((a, i) => texts.slice(i + 1).filter((b) =>
    Math.min(a.at.right, b.at.right) - Math.max(a.at.left, b.at.left) > 1 &&
    Math.min(a.at.bottom, b.at.bottom) - Math.max(a.at.top, b.at.top) > 1).map((b) => [name, a.words, b.words]));
  return [...out.map(({ words }) => [name, words]), ...over];
})`;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// A drawing is an image with a label; what it is drawn with is for the eyes, and looked at above.
const serious = `axe.run({ exclude: ["svg.chart > *"] }, { resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => [id, nodes.length, nodes[0].html.slice(0, 200), nodes[0].failureSummary]))`;

/** Tags left out, and what they hide written out. */
const text = (html: string) =>
  html
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ")
    .replace(/ ([.,:])/g, "$1");

/** At most two tables of a scenario: what there is to see is seen. */
function brief(result: Result): Result {
  const scenarios = result.scenarios.filter(
    ({ scenario }, i, all) => all.slice(0, i).filter((each) => each.scenario === scenario).length < 2,
  );
  return { ...result, scenarios };
}

function renamed(result: Result, names: Record<string, string>): Result {
  const name = (model: string) => names[model] ?? model;
  const scenarios = result.scenarios.map((each) => ({
    ...each,
    rows: each.rows.map((row) => ({ ...row, model: name(row.model) })),
  })) as Result["scenarios"];
  return { ...result, scenarios, models: result.models.map((each) => ({ ...each, name: name(each.name) })) };
}

function shortened(row: LoadResult["rows"][number], windows: number): LoadResult["rows"][number] {
  const kept = row.windows.slice(0, windows);
  return kept.length === 0 ? { ...row, error: "it ended", windows: [], summary: null } : { ...row, windows: kept };
}
