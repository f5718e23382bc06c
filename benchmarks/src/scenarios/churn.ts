import { cell, talkers } from "../cell.ts";
import { clientsPerSecond } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

const four = cell(4);

/** Connect, one echo, close: Stevens' client (UNP 30.1), four at a time. */
export const churn: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "churn",
  shows: "connect, one echo, close: what a new client costs",
  punishes: "whoever starts a thread or a process for each client",
  blocks: { default: 8, quick: 3, full: 8 },
  cells: { default: [four], full: [four] },
  varies: ["clients", "bytes", "topology"],
  control: true,
  upToDeclared: false,
  cost: { start: 0.7, block: 0.3 },
  window: 200,
  measure: clientsPerSecond,
  load: (cell) => ({ ...talkers(cell), requests: 1, again: true }),
};
