import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IdleResult, LoadResult, LoadRow, Result } from "@echolab/benchmarks";
import { eventually } from "@echolab/model";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { echolab, forget, hasRecorded, left, outcome, readResult, runsOf, start, startedBy } from "./echolab.ts";

const SEED = 987_654_321;
const folder = mkdtempSync(join(tmpdir(), "echolab-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => forget(SEED));

const bench = (...words: string[]) => ["bench", "--quick", "--seed", String(SEED), ...words];
const rows = (result: Result, scenario: string) =>
  (result.scenarios.find((each) => each.scenario === scenario) as LoadResult).rows.filter(({ role }) => role === "row");

/** What a stranger does who has nothing but result.json: each interval again, from the raw windows. */
function recompute({ rows }: LoadResult): void {
  const rates = (row: LoadRow) => row.windows.map(({ replies, elapsed }) => (replies / elapsed) * 1000);
  for (const row of rows) {
    const { value, effect } = row.summary!;
    expectInterval(value, value.value, rates(row));
    if (!effect) continue;
    const base = rows.find(({ model, role }) => role === "row" && model === row.comparedWith)!;
    const logs = rates(row).map((rate, block) => Math.log(rate / rates(base)[block]!));
    const { ratio, coverage } = effect;
    expectInterval({ low: Math.log(effect.low), high: Math.log(effect.high), coverage }, Math.log(ratio), logs);
  }
}

/**
 * The median, between two of the values that lie as far from both ends. As many blocks were run as the machine needed:
 * of five, the smallest and the largest contain it with 1 - 2/2^5.
 */
function expectInterval(
  told: { readonly low: number; readonly high: number; readonly coverage: number },
  median: number,
  values: number[],
): void {
  const sorted = [...values].sort((a, b) => a - b);
  const { length } = sorted;
  expect(length).toBeGreaterThanOrEqual(5);
  expect(median).toBeCloseTo((sorted[(length - 1) >> 1]! + sorted[length >> 1]!) / 2, 6);
  const outside = sorted.findIndex((value) => Math.abs(value - told.low) < 1e-9);
  expect(outside).toBeGreaterThanOrEqual(0);
  expect(told.high).toBeCloseTo(sorted[length - 1 - outside]!, 9);
  let [ways, within] = [1, 2 ** length];
  for (let i = 0; i <= outside; i += 1) {
    within -= 2 * ways;
    ways = (ways * (length - i)) / (i + 1);
  }
  expect(told.coverage).toBeCloseTo(within / 2 ** length, 9);
  // The narrowest pair that contains it with 95 %; where there is none, the widest.
  if (outside > 0) expect(told.coverage).toBeGreaterThanOrEqual(0.95);
  if (outside + 1 < length / 2) expect((within - 2 * ways) / 2 ** length).toBeLessThan(0.95);
}

describe("a run of three models", { timeout: 300_000 }, () => {
  test("shows who is left out and who has to queue, keeps every window, and has a summary that they give", async () => {
    const { code, stdout, stderr } = await echolab(
      bench("sequential", "event-loop", "epoll", "--scenario", "idle,throughput,crowd", "--json", "copy/result.json"),
      folder,
    );
    expect(code, stderr).toBe(0);
    const result = readResult(join(folder, "copy/result.json"));
    expect(result.partial).toBe(false);
    // In a network of its own the run has the settings that it wants; where it may not have one, it says what there is.
    expect(result.machine.congestionControl).toMatch(result.machine.ownNetwork ? /^reno$/ : /^\w+$/);

    const served = Object.fromEntries(rows(result, "throughput").map(({ model, summary }) => [model, summary!]));
    expect(served["sequential"]).toMatchObject({
      served: 1,
      offered: 20,
      ranked: false,
      effect: null,
      limit: "starvation",
    });
    expect(served["event-loop"]).toMatchObject({ served: 20, offered: 20, ranked: true });
    expect(stdout).toMatch(/sequential +.* 1\/20 .*not ranked/);

    // Nine clients wait while each one before them thinks nine times for 10 ms.
    const waits = Object.fromEntries(rows(result, "crowd").map(({ model, summary }) => [model, summary!.longestWait]));
    expect(waits["sequential"]).toBeGreaterThan(9 * 9 * 10);
    expect(waits["event-loop"]).toBeLessThan(waits["sequential"]!);
    expect(stdout).toContain("sequential takes");

    const idle = result.scenarios.find(({ kind }) => kind === "idle") as IdleResult;
    expect(idle.rows.map(({ samples }) => samples.length)).toEqual([1, 1, 1]);
    const throughput = result.scenarios.find(({ scenario }) => scenario === "throughput") as LoadResult;
    expect(throughput.rows.map(({ model, role }) => `${model} ${role}`)).toEqual([
      ...["sequential row", "event-loop row", "epoll row"],
      ...["event-loop A'", "event-loop A''"],
    ]);
    expect(result.reference).toBe("event-loop");
    expect(throughput.resolution).toBeGreaterThanOrEqual(1);
    for (const { model, summary } of throughput.rows)
      expect(summary!.limit).toMatch(model === "sequential" ? /starvation/ : /server|generator|waking/);
    recompute(throughput);
    const windows = throughput.rows.flatMap((row) => row.windows);
    const recorded = readFileSync(join(runsOf(SEED)[0]!, "blocks.ndjson"), "utf8")
      .trim()
      .split("\n");
    const again = recorded.filter((line) => JSON.parse(line).again === true).length; // somebody else was at work
    expect(recorded.length - again).toBe(3 + windows.length + 3); // idle, throughput with its control, crowd
    expect(stdout).toMatch(/report: .*report\.html/);
    const [run] = runsOf(SEED);
    expect(readFileSync(join(run!, "report.html"), "utf8")).toContain("sequential");
    expect(readFileSync(join(run!, "summary.md"), "utf8")).toContain("sequential");
  });
});

describe("a server that cannot be compared", { timeout: 300_000 }, () => {
  const manifest = {
    ...{ version: 1, title: "Mine", summary: "A server of my own.", protocol: "tcp", ready: "line" },
    ...{ clients: "many", overload: "refuse", idle: "sleeps", isolation: "none" },
  };
  const server = (name: string, more: object) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "model.json"), JSON.stringify({ ...manifest, ...more }));
    return `./${name}`;
  };

  test("is not timed, or shown as skipped, each with the reason; and the run fails if one is wrong", async () => {
    const source = `
      require("net").createServer((c) => c.once("data", (d) => c.end(d.subarray(1))).on("error", () => {}))
        .listen(0, "127.0.0.1", function () { console.log("listening on 127.0.0.1:" + this.address().port); });`;
    const models = [
      server("loses", { command: ["node", "-e", source] }),
      server("ends", { command: ["false"], ready: "listen" }),
      server("foreign", { command: ["x"], requires: { commands: ["no-such-command"] } }),
      server("broken", {
        command: ["x"],
        build: ["node", "-e", "console.error('line 3: no semicolon'); process.exit(1)"],
      }),
    ];
    const { code, stdout } = await echolab(bench(...models, "event-loop", "--scenario", "crowd"), folder);
    expect(stdout).toMatch(/not timed: loses: tcp\//);
    expect(stdout).toContain("not timed: ends: ends ended with exit code 1 before it was ready");
    expect(stdout).toContain("skipped: foreign: needs no-such-command on PATH");
    expect(stdout).toContain("not timed: broken: its build failed: line 3: no semicolon");
    expect(stdout).toMatch(/^event-loop .* 10\/10/m);
    expect(code).toBe(1);
  });
});

describe("a run that is cut short", { timeout: 240_000 }, () => {
  // By every other signal, on a terminal and before it began: bench-interrupted.slow.test.ts.
  test("keeps its finished blocks, and leaves nothing running", async () => {
    const command = start(bench("event-loop", "epoll", "--scenario", "round-trip"));
    const ended = outcome(command);
    expect(await eventually(() => hasRecorded(SEED), 200_000)).toBe(true);
    const started = startedBy(command);
    command.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted: only finished blocks are shown");
    expect(readResult(join(runsOf(SEED)[0]!, "result.json")).partial).toBe(true);
    expect(started.length).toBeGreaterThan(3);
    expect(await eventually(() => left(started).length === 0, 10_000), "left running").toBe(true);
  });
});
