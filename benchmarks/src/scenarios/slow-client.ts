import { cell, talkers } from "../cell.ts";
import { messagesPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

const ten = cell(10);

/** Four clients do harm, each in its own way; what do ten others feel of it? */
export const slowClient: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "slow-client",
  shows: "one is silent, one stops half-way, one never reads, one drips",
  punishes: "whoever waits for one client while others have something",
  blocks: { default: 3, quick: null, full: 5 },
  cells: { default: [ten], full: [ten] },
  varies: ["clients", "bytes", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 0.9, block: 0.25 },
  window: 200,
  measure: messagesPerSecond,
  load: (cell) => ({ ...talkers(cell), hostile: { silent: 1, half: 1, neverReads: 1, drip: 1 } }),
};
