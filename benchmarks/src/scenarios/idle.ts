import { proportionalMemory } from "@echolab/model";
import { type Contestant, cpuMilliseconds, pause } from "../contestant.ts";
import type { IdleScenario } from "../scenario.ts";

const SETTLING = 100; // milliseconds
const WINDOW = 500; // milliseconds

/** No load at all. It punishes busy-wait, which burns a core, and whoever keeps a thread or a process per client. */
export const idle: IdleScenario = {
  kind: "idle",
  name: "idle",
  shows: "what a server costs while nobody says anything",
  blocks: { default: 1, quick: 1 },
  cells: { clients: 10, bytes: 64 },
  varies: [],
  cost: { start: 0, block: 1.1 },

  async sample({ generator, topology }, contestant, { clients, bytes }) {
    await contestant.start(topology);
    const { host, port, startTime } = contestant.server;
    await pause(SETTLING);
    const memory = pss(contestant);
    const [before, start] = [cpuTime(contestant), performance.now()];
    await pause(WINDOW);
    const cpuShare = (cpuTime(contestant) - before) / (performance.now() - start);

    const limit = contestant.model.manifest.clients;
    const count = limit === "many" ? clients : Math.min(clients, limit);
    const target = contestant.name;
    try {
      await generator.ask({ op: "connect", target, host, port, clients: count, bytes });
      await generator.ask({ op: "warm-up", target, places: count, nobodyNew: 5000, milliseconds: 0, messages: 0 });
      await pause(SETTLING);
      const memoryPerClient = Math.max(0, pss(contestant) - memory) / count;
      return { startTime, memory, cpuShare, memoryPerClient };
    } finally {
      await generator.ask({ op: "disconnect", target });
    }
  },
};

const pids = ({ server }: Contestant) => server.tree().map(({ pid }) => pid);
const pss = (contestant: Contestant) => proportionalMemory(pids(contestant));
const cpuTime = (contestant: Contestant) => cpuMilliseconds(pids(contestant));
