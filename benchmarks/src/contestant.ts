import { type Model, pause, ServerProcess, TICK } from "@echolab/model";
import { cpuTime } from "@echolab/posix-sockets";
import type { WindowReport } from "./generator-protocol.ts";
import { noise, processorTicks } from "./noise.ts";
import { localPorts } from "./own-limits.ts";
import { cpuQuota } from "./quota.ts";
import type { Window } from "./sample.ts";
import { cpusOf, processorList, type Topology } from "./topology.ts";

/** From SIGCONT until a server is where it was, in milliseconds. */
const WAKING = 20;
/** For the threads and processes of clients that have left to end, and to be waited for, in milliseconds. */
const SETTLING = 60;

const quota = cpuQuota();

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
    this.server = await ServerProcess.start(this.model, { ...cpusOf(cpus), isMeasured: true });
  }

  /** Why this tool has ended it; undefined where it has not. */
  get exceeded(): string | undefined {
    const exceeded = (this.server as ServerProcess | undefined)?.exceeded;
    return exceeded && `the server was ended: it ${exceeded}`;
  }

  /**
   * One window: wakes the server, lets `load` run, parks the server again.
   * @param stay whether the clients of this load stay: where they do not, the processes that were started for them have
   *   ended, and the kernel counts those in ticks of 10 ms
   * @param alongside processes that belong to the load: what they use is nobody else's work
   */
  async window(
    { server: cpus, generator }: Topology,
    stay: boolean,
    load: () => Promise<WindowReport>,
    alongside: readonly number[] = [],
  ): Promise<Window> {
    const processors = new Set(processorList(`${cpus},${generator}`));
    const throttled = quota.throttled();
    this.server.resume();
    try {
      await pause(WAKING);
      const pids = this.#pids();
      const endedBefore = this.server.endedTicks();
      const before = {
        start: performance.now(),
        cpu: cpuMilliseconds(pids),
        own: process.cpuUsage(),
        alongside: cpuMilliseconds(alongside),
        ticks: processorTicks(processors),
      };
      const report = await load();
      if (!stay && this.model.manifest.isolation !== "none") await pause(SETTLING);
      const living = cpuMilliseconds(pids) - before.cpu;
      const { user, system } = process.cpuUsage(before.own);
      const others = cpuMilliseconds(alongside) - before.alongside;
      const ticks = processorTicks(processors);
      const elapsed = performance.now() - before.start;
      // Only now, for it takes milliseconds. What came meanwhile has used all its time in this window.
      const pidsNow = this.#pids();
      const newcomers = cpuMilliseconds(pidsNow.filter((pid) => !pids.includes(pid)));
      const isAnyGone = pids.some((pid) => !pidsNow.includes(pid));
      const ended = stay && !isAnyGone ? 0 : (this.server.endedTicks() - endedBefore) * TICK;
      const cpu = living + newcomers + ended;
      const own = cpu + report.generatorCpu + others + (user + system) / 1000;
      return {
        ...{ ...report, cpu, ...noise(before.ticks, ticks, own, elapsed) },
        ...(!stay && { localPorts: localPorts() }),
        ...(quota.processors !== null && { throttled: quota.throttled() - throttled }),
      };
    } finally {
      this.server.park();
    }
  }

  #pids(): number[] {
    return this.server.tree().map(({ pid }) => pid);
  }

  /** PSS of all its processes, in bytes. */
  memory(): number {
    return this.server.memory();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }
}

/** CPU time of these processes, their ended threads included, in milliseconds. */
export function cpuMilliseconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuTime(pid), 0) / 1e6;
}
