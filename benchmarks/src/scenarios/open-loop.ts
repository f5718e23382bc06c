import { cell, each, talkers } from "../cell.ts";
import { p99 } from "../measure.ts";
import type { Rate } from "../sample.ts";
import type { LoadScenario } from "../scenario.ts";

const fifty = cell(50);
const shares = (...percent: number[]): Rate[] => percent.map((share) => ({ share: share / 100 }));
const rates = (...perSecond: number[]): Rate[] => perSecond.map((rate) => ({ perSecond: rate }));

/** Messages are sent when their time has come, whatever has been answered (Poisson arrivals). */
export const openLoop: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "open-loop",
  shows: "messages at a rate of their own, whatever has been answered",
  punishes: "whoever stalls: in a closed loop the clients wait with the server, and nobody counts what was not sent",
  blocks: { default: 4, quick: null, full: 5 },
  cells: {
    default: each(fifty, "rate", [...shares(50, 80), ...rates(10_000)]),
    full: each(fifty, "rate", [...shares(10, 25, 50, 70, 80, 90), ...rates(1000, 10_000, 30_000)]),
  },
  varies: ["clients", "bytes", "rate", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 1.5, block: 0.5 },
  window: 400,
  measure: p99,
  load: talkers,
};
