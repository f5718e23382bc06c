import type { LoadScenario } from "../scenario.ts";
import { closedLoop, connectAndWarmUp, rate } from "./kept-clients.ts";

/** Many clients, each with one message under way. It punishes whoever serves one client and lets the others starve. */
export const throughput: LoadScenario = {
  kind: "load",
  name: "throughput",
  shows: "many clients at once: messages a second, and who is left out",
  blocks: { default: 10, quick: 5 },
  cells: { clients: 50, bytes: 64 },
  varies: ["clients", "bytes"],
  control: true,
  keepsClients: true,
  cost: { start: 1.3, block: 0.25 },
  speed: rate,
  value: rate,
  prepare: connectAndWarmUp,
  window: closedLoop,
};
