import { cell, each, talkers } from "../cell.ts";
import { messagesPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

const fifty = cell(50);

/** UDP: first fewer datagrams under way than the server's receive buffer holds, then more. */
export const datagrams: LoadScenario = {
  kind: "load",
  protocol: "udp",
  scenario: "datagrams",
  shows: "UDP: datagrams a second, and how many a full receive buffer loses",
  punishes:
    "whoever is slow to read: nobody slows the senders down, and what finds the buffer full is dropped, unheard",
  blocks: { default: 5, quick: null, full: 10 },
  cells: {
    default: each(fifty, "depth", [1, 16]),
    full: each(fifty, "depth", [1, 4, 8, 16]),
  },
  varies: ["clients", "bytes", "depth", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 0.8, block: 0.75 },
  // Whoever has lost all that it sent asks again 200 ms later.
  window: 500,
  measure: messagesPerSecond,
  load: talkers,
};
