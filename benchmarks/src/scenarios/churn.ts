import type { LoadScenario } from "../scenario.ts";
import { rate } from "./kept-clients.ts";

const WINDOW = 200; // milliseconds in which clients may come
const WARM_UP = 800;

/** Connect, one echo, close. It punishes whoever starts a thread or a process for each client. */
export const churn: LoadScenario = {
  kind: "load",
  name: "churn",
  shows: "connect, one echo, close: what a new client costs",
  blocks: { default: 8, quick: 3 },
  cells: { clients: 4, bytes: 64 },
  varies: [],
  control: true,
  keepsClients: false,
  cost: { start: 0.7, block: 0.3 },
  speed: rate,
  value: rate,

  async prepare({ generator, topology }, contestant, cell) {
    await contestant.start(topology);
    // Where a thread or a process is started for each client, there is nothing to warm up.
    const milliseconds = contestant.model.manifest.isolation === "none" ? WARM_UP : WINDOW;
    await generator.ask({ op: "churn", ...address(contestant), ...cell, milliseconds, poll: topology.poll });
  },

  window({ generator, topology }, contestant, cell) {
    const load = () =>
      generator.ask({ op: "churn", ...address(contestant), ...cell, milliseconds: WINDOW, poll: topology.poll });
    return contestant.window(load, false);
  },
};

const address = ({ name, server: { host, port } }: Parameters<LoadScenario["window"]>[1]) => ({
  target: name,
  host,
  port,
});
