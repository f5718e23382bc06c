import type { LoadScenario } from "../scenario.ts";

const REQUESTS = 10;
const THINK = 10; // milliseconds
const DEADLINE = 60_000; // milliseconds

/** Clients who think between two messages arrive together. It punishes whoever serves them one after the other. */
export const crowd: LoadScenario = {
  kind: "load",
  name: "crowd",
  shows: "clients arrive at once, ask, think, ask again and leave",
  blocks: { default: 3, quick: 1 },
  cells: { clients: 20, bytes: 64 },
  varies: ["clients"],
  control: false,
  keepsClients: false,
  cost: { start: 0.1, block: 0.25 },
  speed: ({ elapsed }) => 1000 / elapsed,
  value: ({ elapsed }) => elapsed / 1000,

  prepare: ({ topology }, contestant) => contestant.start(topology),

  window({ generator }, contestant, cell) {
    const { host, port } = contestant.server;
    const load = () =>
      generator.ask({
        op: "crowd",
        target: contestant.name,
        host,
        port,
        ...cell,
        requests: REQUESTS,
        think: THINK,
        deadline: DEADLINE,
      });
    return contestant.window(load, false);
  },
};
