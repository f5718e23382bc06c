import { cell, each, talkers } from "../cell.ts";
import { cpuPerMessage } from "../measure.ts";
import type { LoadScenario } from "../scenario.ts";

/** So many of the clients talk. */
const ACTIVE = 10;

const ten = cell(10);

/** More and more clients, of whom the same few talk: what does a silent client cost those who talk? */
export const scaling: LoadScenario = {
  kind: "load",
  protocol: "tcp",
  scenario: "scaling",
  shows: `ever more clients, of whom ${ACTIVE} talk: CPU per message, memory per client`,
  punishes:
    "whoever looks at all clients to find the few that have something; and threads and processes, by their memory",
  blocks: { default: 5, quick: null, full: 5 },
  cells: { default: each(ten, "clients", [10, 1000]), full: each(ten, "clients", [1, 10, 100, 1000, 10_000]) },
  varies: ["clients", "topology"],
  control: true,
  upToDeclared: true,
  cost: { start: 0.8, block: 0.25 },
  window: 200,
  measure: cpuPerMessage,
  talking: (clients) => Math.min(ACTIVE, clients),
  load: talkers,
};
