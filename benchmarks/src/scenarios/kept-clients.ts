import { patience } from "@echolab/model";
import type { Contestant, Window } from "../contestant.ts";
import type { Cell, Lab } from "../scenario.ts";

const WARM_UP = { milliseconds: 500, messages: 20_000 };
const WINDOW = 200; // milliseconds

/** Answers a second. */
export const rate = ({ replies, elapsed }: Window) => (replies / elapsed) * 1000;

/** Starts the server, connects all clients, and warms up; the connections are kept over all windows. */
export async function connectAndWarmUp(
  { generator, topology }: Lab,
  contestant: Contestant,
  cell: Cell,
): Promise<void> {
  await contestant.start(topology);
  const { host, port } = contestant.server;
  await generator.ask({ op: "connect", target: contestant.name, host, port, ...cell });
  const { manifest } = contestant.model;
  // Whoever has fewer places keeps the others waiting for ever: there is no use in waiting with them.
  const places = manifest.clients === "many" ? cell.clients : Math.min(cell.clients, manifest.clients);
  const nobodyNew = patience(manifest, places);
  await generator.ask({ op: "warm-up", target: contestant.name, places, nobodyNew, ...WARM_UP });
}

/** One message under way per client, for 200 ms. */
export function closedLoop({ generator, topology }: Lab, contestant: Contestant): Promise<Window> {
  const load = () =>
    generator.ask({ op: "closed-loop", target: contestant.name, milliseconds: WINDOW, poll: topology.poll });
  return contestant.window(load, true);
}
