import type { LoadScenario } from "../scenario.ts";
import { closedLoop, connectAndWarmUp, rate } from "./kept-clients.ts";

/** One client, one message at a time: nothing but the cost of being woken. It punishes every layer above recv. */
export const roundTrip: LoadScenario = {
  kind: "load",
  name: "round-trip",
  shows: "one client, one message at a time: what it costs to be woken",
  blocks: { default: 10, quick: 5 },
  cells: { clients: 1, bytes: 64 },
  varies: ["bytes"],
  control: true,
  keepsClients: true,
  cost: { start: 0.75, block: 0.23 },
  speed: rate,
  value: rate,
  prepare: connectAndWarmUp,
  window: closedLoop,
};
