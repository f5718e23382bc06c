import { findModels } from "@echolab/model";
import { expect, test } from "vitest";
import { type Pace, plan, type Request } from "../src/plan.ts";
import { scenarios } from "../src/scenarios.ts";

const five = ["sequential", "busy-wait", "thread-per-connection", "process-per-connection", "event-loop"];
const all = findModels(undefined, ["own"]);
const request: Request = {
  ...{
    command: "pnpm bench",
    models: all.filter(({ name }) => five.includes(name)),
    pace: "default",
    vary: {},
    seed: 1,
  },
  ...{ baselines: new Map(), slowness: 1 },
};

const names = (request: Request) => plan(request).map(({ scenario: { scenario } }) => scenario);

test("the default run has the scenarios that measurement asks for, the quick one those that are quick", () => {
  const quick = ["idle", "round-trip", "throughput", "churn", "crowd"];
  expect(names({ ...request, pace: "quick" })).toEqual(quick);
  expect([...new Set(names(request))]).toEqual([...quick, "scaling", "open-loop", "slow-client"]);
  const whole = [...new Set(names({ ...request, models: all, pace: "full" }))];
  expect(whole).toEqual(scenarios.map(({ scenario }) => scenario));
});

test("a scenario is for those who speak its protocol", () => {
  const udp = all.filter(({ manifest: { protocol } }) => protocol === "udp");
  expect(new Set(names({ ...request, models: udp, pace: "full" }))).toEqual(new Set(["datagrams", "lossy-network"]));
  expect(names({ ...request, models: udp, pace: "quick" })).toEqual(["datagrams", "datagrams"]);
  expect(names({ ...request, scenarios: ["datagrams"] })).toEqual([]);
});

test("a full run has every topology, and every size", () => {
  const cells = plan({ ...request, pace: "full" });
  const of = (name: string) => cells.filter(({ scenario: { scenario } }) => scenario === name).map(({ cell }) => cell);
  expect(of("throughput").map(({ topology }) => topology)).toEqual(["split", "shared", "free"]);
  expect(of("size").map(({ bytes }) => bytes)).toContain(262_144);
  expect(of("scaling").map(({ clients }) => clients)).toContain(10_000);
});

test("a scenario that is asked for by name runs, also where its pace has none", () => {
  expect(new Set(names({ ...request, pace: "quick", scenarios: ["size"] }))).toEqual(new Set(["size"]));
});

test("each number of clients and each size that a scenario varies is a table of its own", () => {
  const vary = { clients: [10, 50], bytes: [64, 4096] };
  const steps = plan({ ...request, scenarios: ["throughput", "round-trip"], vary });
  expect(steps.map(({ scenario: { scenario }, cell }) => `${scenario} ${cell.clients} ${cell.bytes}`)).toEqual([
    ...["round-trip 1 64", "round-trip 1 4096"],
    ...["throughput 10 64", "throughput 10 4096", "throughput 50 64", "throughput 50 4096"],
  ]);
});

test("a larger budget buys more blocks, and a small one never fewer than 5 where there is a verdict", () => {
  const blocks = (budget: number) =>
    plan({ ...request, budget }).flatMap(({ scenario, blocks }) =>
      "control" in scenario && scenario.control && scenario.blocks.default! >= 5 ? blocks : [],
    );
  expect(Math.min(...blocks(10_000))).toBe(5);
  expect(Math.min(...blocks(40 * 60_000))).toBeGreaterThan(20);
});

test("the default run over the five models is planned for less than 5 minutes, the quick one for less than a minute", () => {
  const seconds = (pace: Pace) => plan({ ...request, pace }).reduce((sum, step) => sum + step.seconds, 7);
  expect(seconds("default")).toBeLessThan(300);
  expect(seconds("quick")).toBeLessThan(60);
});

test("over all models it is planned for less than 10 minutes, and the quick one for less than 2", () => {
  expect(all.length).toBeGreaterThan(10);
  const seconds = (pace: Pace) => plan({ ...request, models: all, pace }).reduce((sum, step) => sum + step.seconds, 12);
  expect(seconds("default")).toBeLessThan(600);
  expect(seconds("quick")).toBeLessThan(120);
});

test("on a machine that is twice as slow, it has fewer blocks, and takes no longer", () => {
  const slow = plan({ ...request, slowness: 2 });
  expect(slow.reduce((sum, { seconds }) => sum + seconds, 9)).toBeLessThan(305);
  for (const { scenario, blocks } of slow) expect(blocks).toBeLessThanOrEqual(scenario.blocks.default!);
});
