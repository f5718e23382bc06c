import { cell, talkers } from "../cell.ts";
import { messagesPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

const ten = cell(10, { depth: 4 });
const worse = { loss: 0.01, duplicate: 0.01, reorder: 0.01 };

/** What UDP does not promise: TCP would hide all of it, and take its time for that. */
export const lossyNetwork: LoadScenario = {
  kind: "load",
  protocol: "udp",
  scenario: "lossy-network",
  shows: "UDP, where the network loses, duplicates, reorders 1 % each way",
  punishes: "nobody but the clients: no server can tell, and no server can help",
  blocks: { default: null, quick: null, full: 3 },
  cells: { default: [ten], full: [ten] },
  varies: ["clients", "bytes", "depth", "topology"],
  control: false,
  upToDeclared: false,
  cost: { start: 1, block: 0.8 },
  window: 400,
  network: { up: worse, down: worse },
  measure: messagesPerSecond,
  load: talkers,
};
