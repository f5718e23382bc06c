import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, type Request, runBench, type Ui } from "@echolab/benchmarks";
import { findModel } from "@echolab/model";
import { afterEach, expect, test } from "vitest";

let outcome: Outcome | undefined;
afterEach(() => {
  if (outcome?.folder) rmSync(outcome.folder, { recursive: true });
});

test("an exception within a run is its own words, and what was finished is kept as partial", async () => {
  const ui: Ui = {
    progress() {},
    started() {},
    selfTest() {},
    scenario() {
      throw new Error("the show is over");
    },
  };
  const request: Request = {
    ...{ command: "pnpm bench", models: [findModel("event-loop", ".")], scenarios: ["round-trip"] },
    ...{ pace: "quick", vary: {}, seed: 987_654_344, slowness: 1, baselines: new Map() },
  };
  outcome = await runBench(request, ui, new AbortController().signal);
  expect(outcome.failure?.message).toBe("the show is over");
  expect(outcome.result.partial).toBe(true);
  const kept = JSON.parse(readFileSync(join(outcome.folder, "result.json"), "utf8"));
  expect(kept.partial).toBe(true);
  expect(kept.scenarios).toHaveLength(1);
  expect(readFileSync(join(outcome.folder, "report.html"), "utf8")).toContain("Partial.");
}, 120_000);
