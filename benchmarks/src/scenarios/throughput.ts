import { cell, each, talkers } from "../cell.ts";
import { messagesPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";
import { topologies } from "../topology.ts";

const fifty = cell(50);

/** Many clients, each with one message under way. */
export const throughput: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "throughput",
  shows: "many clients at once: messages a second, and who is left out",
  punishes:
    "sequential, which serves one and leaves the others out; then every call and every switch that a message takes",
  blocks: { default: 10, quick: 5, full: 10 },
  // A thread or a process takes its time to start: in a quick run there are fewer.
  cells: { quick: [cell(20)], default: [fifty], full: each(fifty, "topology", topologies) },
  varies: ["clients", "bytes", "depth", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 0.8, block: 0.25 },
  window: 200,
  measure: messagesPerSecond,
  load: talkers,
};
