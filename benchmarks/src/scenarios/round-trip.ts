import { cell, each, talkers } from "../cell.ts";
import { messagesPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";
import { topologies } from "../topology.ts";

const alone = cell(1);

/** Nothing but the cost of being woken: there is nobody else to be busy with. */
export const roundTrip: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "round-trip",
  shows: "one client, one message at a time: what it costs to be woken",
  punishes: "every layer between the kernel and the answer, and whoever hands each message to another thread",
  blocks: { default: 10, quick: 5, full: 10 },
  cells: { default: [alone], full: each(alone, "topology", topologies) },
  varies: ["bytes", "depth", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 0.6, block: 0.23 },
  window: 200,
  measure: messagesPerSecond,
  load: talkers,
};
