import { cell, each, talkers } from "../cell.ts";
import { messagesPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

/** Small messages cost by the message, large ones by the byte. */
export const size: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "size",
  shows: "from 64 B to 256 KiB a message: the cost of a message, and of a byte",
  punishes: "small messages, every call; large ones, every copy",
  blocks: { default: null, quick: null, full: 5 },
  cells: { default: [], full: each(cell(10), "bytes", [64, 1024, 16 * 1024, 64 * 1024, 256 * 1024]) },
  varies: ["clients", "bytes", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 0.9, block: 0.25 },
  window: 200,
  measure: messagesPerSecond,
  load: talkers,
};
