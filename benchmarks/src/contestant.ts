import { cpuTicks, type Model, ServerProcess, threadTimes } from "@echolab/model";
import type { WindowReport } from "./generator-protocol.ts";
import type { Topology } from "./topology.ts";

const TICK = 10; // milliseconds, USER_HZ
/** From SIGCONT until a server is where it was, in milliseconds. */
const WAKING = 20;
/** For the threads and processes of clients that have left to end, and to be waited for, in milliseconds. */
const SETTLING = 60;

/** What one window saw of a server: the generator's report, and the CPU time of all the server's processes, in ms. */
export interface Window extends WindowReport {
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
   * @param keepsClients whether the clients of this load stay: where they do not, models that start a thread or a
   *   process for each are measured in ticks of 10 ms, which count the ended ones too
   */
  async window(load: () => Promise<WindowReport>, keepsClients: boolean): Promise<Window> {
    const exact = keepsClients || this.model.manifest.isolation === "none";
    const pids = this.server.tree().map(({ pid }) => pid);
    const time = exact ? () => cpuMilliseconds(pids) : () => cpuTicks(this.server.pid) * TICK;
    this.server.resume();
    try {
      await pause(WAKING);
      const before = time();
      const report = await load();
      if (!exact) await pause(SETTLING);
      return { ...report, cpu: time() - before };
    } finally {
      this.server.park();
    }
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
