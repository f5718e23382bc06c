import { cell, talkers } from "../cell.ts";
import { allServedIn } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

const REQUESTS = 10;
const THINK = 10; // milliseconds

const twenty = cell(20);

/** Clients who think between two messages arrive together. */
export const crowd: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "crowd",
  shows: "clients arrive at once, ask, think, ask again and leave",
  punishes: "whoever serves them one after the other: the last one waits while all the others think",
  blocks: { default: 3, quick: 1, full: 5 },
  cells: { quick: [cell(10)], default: [twenty], full: [twenty] },
  varies: ["clients", "topology"],
  control: false,
  upToDeclared: false,
  cost: { start: 0.1, block: 0.25 },
  window: 60_000, // it ends when everybody has been served
  measure: allServedIn,
  load: (cell) => ({ ...talkers(cell), requests: REQUESTS, think: THINK }),
};
