import { findModels } from "@echolab/model";
import { expect, test } from "vitest";
import { plan } from "../src/plan.ts";

const request = { models: findModels(), quick: false, seed: 1, topology: "split" as const };

test("without a choice, every scenario runs once", () => {
  expect(plan(request).map(({ scenario }) => scenario.name)).toEqual([
    "idle",
    "round-trip",
    "throughput",
    "churn",
    "crowd",
  ]);
});

test("each number of clients and each size that a scenario varies is a table of its own", () => {
  const steps = plan({ ...request, scenarios: ["throughput", "round-trip"], clients: [10, 50], bytes: [64, 4096] });
  expect(steps.map(({ scenario, cell }) => `${scenario.name} ${cell.clients} ${cell.bytes}`)).toEqual([
    ...["round-trip 1 64", "round-trip 1 4096"],
    ...["throughput 10 64", "throughput 10 4096", "throughput 50 64", "throughput 50 4096"],
  ]);
});

test("a larger budget buys more blocks, and a small one never fewer than 5 where there is a verdict", () => {
  const blocks = (budget: number) =>
    plan({ ...request, budget }).flatMap(({ scenario, blocks }) =>
      "control" in scenario && scenario.control ? blocks : [],
    );
  expect(Math.min(...blocks(10_000))).toBe(5);
  expect(Math.min(...blocks(20 * 60_000))).toBeGreaterThan(20);
});

test("the default run over the five models is planned for less than 5 minutes, the quick one for less than a minute", () => {
  const seconds = (quick: boolean) => plan({ ...request, quick }).reduce((sum, step) => sum + step.seconds, 0);
  expect(seconds(false)).toBeLessThan(300);
  expect(seconds(true)).toBeLessThan(60);
});
