import { pause } from "@echolab/model";
import { cell, talkers } from "../cell.ts";
import { cpuMilliseconds } from "../contestant.ts";
import type { Load } from "../generator-protocol.ts";
import { SERVED_ONCE } from "../load-run.ts";
import type { IdleScenario } from "../scenario.ts";
import { slope } from "../statistics.ts";

/** From the ready line until nothing of the start is left to do, and from a client's answer, in milliseconds. */
const SETTLING = { start: 100, client: 50 };
const WINDOW = 500; // milliseconds
/**
 * What the first messages set up, such as the pages of a ring of buffers, is nothing that a client adds; nor is what V8 takes to
 * compile what is hot: a few clients, one after the other.
 */
const WARM_UP = { milliseconds: 300, load: { ...talkers(cell(1)), requests: 2000, again: true } };
/** Where a client has a thread or a process of its own, a few tell; where not, it takes many to see one at all. */
const CLIENTS = { none: 400, thread: 10, process: 10 };
/** Memory is read after each of so many parts of them: V8 may still compile something in one, but not in all. */
const PARTS = 8;

/** No load at all. */
export const idle: IdleScenario = {
  kind: "idle",
  protocol: "tcp",
  scenario: "idle",
  shows: "what a server costs while nobody says anything",
  punishes: "busy-wait, which burns a core, and whoever keeps a thread or a process for each client",
  blocks: { default: 1, quick: 1, full: 3 },
  cells: { default: [cell(0)], full: [cell(0)] },
  varies: [],
  cost: { start: 0, block: 1.5 },

  async sample({ generator, topology }, contestant) {
    await contestant.start(topology);
    const { host, port, startTime } = contestant.server;
    await pause(SETTLING.start);
    const memory = [{ clients: 0, bytes: contestant.memory() }];
    const pids = contestant.server.tree().map(({ pid }) => pid);
    const [before, start] = [cpuMilliseconds(pids), performance.now()];
    await pause(WINDOW);
    const cpuShare = (cpuMilliseconds(pids) - before) / (performance.now() - start);

    const { clients, isolation } = contestant.model.manifest;
    const most = Math.min(CLIENTS[isolation], clients === "many" ? Number.POSITIVE_INFINITY : clients);
    const counts = [...new Set(Array.from({ length: PARTS }, (_, i) => Math.ceil(((i + 1) * most) / PARTS)))];
    const first = `${contestant.name}, warm-up`;
    const connect = (target: string, load: Load) =>
      generator.ask({ op: "connect", target, protocol: "tcp", host, port, load });
    const measure = async (connected: number) => {
      await pause(SETTLING.client);
      memory.push({ clients: connected, bytes: contestant.memory() });
    };
    try {
      await connect(first, WARM_UP.load);
      await generator.ask({ op: "window", target: first, ...WARM_UP, poll: "blocking", arrivals: null });
      await generator.ask({ op: "disconnect", target: first });
      await measure(0);
      for (const [i, count] of counts.entries()) {
        const [target, places] = [`${contestant.name} ${i}`, count - (counts[i - 1] ?? 0)];
        await connect(target, talkers(cell(places)));
        await generator.ask({ op: "warm-up", target, places, nobodyNew: 5000, ...SERVED_ONCE });
        await measure(count);
      }
      const [, ...warm] = memory.map(({ clients, bytes }) => [clients, bytes] as const);
      return { startTime, cpuShare, memory, memoryPerClient: counts.length > 1 ? slope(warm)! : null };
    } finally {
      const targets = [first, ...counts.map((_, i) => `${contestant.name} ${i}`)];
      // Where the generator has ended, that was said already.
      for (const target of targets) await generator.ask({ op: "disconnect", target }).catch(() => {});
    }
  },
};
