import { cell, talkers } from "../cell.ts";
import { rateWithin } from "../measure.ts";
import type { Limit, LoadScenario } from "../scenario.ts";

const fifty = cell(50);

/** The highest rate at which a server still keeps a limit on its latency. It punishes whoever is fast only on average. */
export function rateSearch(limit: Limit): LoadScenario {
  return {
    kind: "load",
    protocol: "tcp",
    scenario: "rate-search",
    shows: `the highest rate of an open loop at which ${limit.name} stays below ${limit.milliseconds} ms`,
    punishes: "whoever is fast on average and slow now and then",
    blocks: { default: 5, quick: 3, full: 10 },
    cells: { default: [fifty], full: [fifty] },
    varies: ["clients", "bytes", "topology"],
    control: true,
    upToDeclared: false,
    cost: { start: 1.5, block: 4.5 },
    window: 400,
    measure: rateWithin,
    limit,
    load: talkers,
  };
}
