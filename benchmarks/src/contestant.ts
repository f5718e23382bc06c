import { cpuTicks, type Model, ServerProcess, TICK, threadTimes } from "@echolab/model";
import type { WindowReport } from "./generator-protocol.ts";
import { type Noise, noise, processorTicks } from "./noise.ts";
import { processorList, type Topology } from "./topology.ts";

/** From SIGCONT until a server is where it was, in milliseconds. */
const WAKING = 20;
/** For the threads and processes of clients that have left to end, and to be waited for, in milliseconds. */
const SETTLING = 60;
/** What the times of one process, user and system, are rounded by in two readings, in milliseconds. */
const ROUNDING = 2 * TICK;

/** What one window saw of a server: the generator's report, and what /proc says. */
export interface Window extends WindowReport, Noise {
  /** CPU time of all the server's processes, in milliseconds. */
  readonly cpu: number;
}

/** One server in one scenario: started once, stopped (SIGSTOP) but for its windows. */
export class Contestant {
  /** `event-loop`; the control's second and third process are `event-loop A'` and `event-loop A''`. */
  readonly name: string;
  readonly role: "row" | "A'" | "A''";
  readonly model: Model;
  server!: ServerProcess;

  constructor(model: Model, role: "row" | "A'" | "A''" = "row") {
    this.name = role === "row" ? model.name : `${model.name} ${role}`;
    this.role = role;
    this.model = model;
  }

  async start({ server: cpus }: Topology): Promise<void> {
    this.server = await ServerProcess.start(this.model, { cpus });
  }

  /**
   * One window: wakes the server, lets `load` run, parks the server again.
   * @param stay whether the clients of this load stay: where they do not, models that start a thread or a process for
   *   each, or are seen to have done so, are measured in ticks of 10 ms, which count the ended ones too
   * @param alongside processes that belong to the load: what they use is nobody else's work
   */
  async window(
    { server: cpus, generator }: Topology,
    stay: boolean,
    load: () => Promise<WindowReport>,
    alongside: readonly number[] = [],
  ): Promise<Window> {
    const ends = !stay && this.model.manifest.isolation !== "none";
    const pids = this.server.tree().map(({ pid }) => pid);
    const processors = new Set(processorList(`${cpus},${generator}`));
    this.server.resume();
    try {
      await pause(WAKING);
      const before = {
        start: performance.now(),
        cpu: cpuMilliseconds(pids),
        cpuWithEnded: cpuTicks(this.server.pid) * TICK,
        own: process.cpuUsage(),
        alongside: cpuMilliseconds(alongside),
        ticks: processorTicks(processors),
      };
      const report = await load();
      if (ends) await pause(SETTLING);
      const exact = cpuMilliseconds(pids) - before.cpu;
      const withEnded = cpuTicks(this.server.pid) * TICK - before.cpuWithEnded;
      const cpu = ends || (!stay && withEnded - exact > ROUNDING * pids.length) ? withEnded : exact;
      const { user, system } = process.cpuUsage(before.own);
      const others = cpuMilliseconds(alongside) - before.alongside;
      const own = cpu + report.generatorCpu + others + (user + system) / 1000;
      const elapsed = performance.now() - before.start;
      return { ...report, cpu, ...noise(before.ticks, processorTicks(processors), own, elapsed) };
    } finally {
      this.server.park();
    }
  }

  /** PSS of all its processes, in bytes. */
  memory(): number {
    return this.server.memory();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }
}

/** CPU time of all threads of these processes, in milliseconds; of those that have ended, nothing. */
export function cpuMilliseconds(pids: readonly number[]): number {
  return [...threadTimes(pids).values()].reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
