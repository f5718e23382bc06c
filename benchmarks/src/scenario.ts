import type { Contestant, Window } from "./contestant.ts";
import type { GeneratorProcess } from "./generator-process.ts";
import type { Topology } from "./topology.ts";

/** What a scenario has at hand. */
export interface Lab {
  readonly generator: GeneratorProcess;
  readonly topology: Topology;
}

/** How much load: what a person may choose. */
export interface Cell {
  readonly clients: number;
  /** The size of a message. */
  readonly bytes: number;
}

/** What one block of `idle` sees of a server. */
export interface IdleSample {
  /** Milliseconds from the start of the program until it is ready. */
  readonly startTime: number;
  /** PSS of all its processes when it is ready, in bytes. */
  readonly memory: number;
  /** CPU time in half a second without load, as a share of one processor. */
  readonly cpuShare: number;
  /** PSS that one more connected and silent client adds, in bytes. */
  readonly memoryPerClient: number;
}

/** What all scenarios have in common. */
interface Common {
  readonly name: string;
  /** What it shows, and which model it punishes: one sentence. */
  readonly shows: string;
  readonly blocks: { readonly default: number; readonly quick: number };
  readonly cells: { readonly clients: number; readonly bytes: number };
  /** What a person may vary. */
  readonly varies: readonly ("clients" | "bytes")[];
  /** Seconds that one contestant takes, about: to be ready, and for each block. */
  readonly cost: { readonly start: number; readonly block: number };
}

export interface IdleScenario extends Common {
  readonly kind: "idle";
  sample(lab: Lab, contestant: Contestant, cell: Cell): Promise<IdleSample>;
}

export interface LoadScenario extends Common {
  readonly kind: "load";
  /** Whether one server runs under three names, so that the run knows what it can resolve. */
  readonly control: boolean;
  /** Whether the same clients stay for all windows; else each window has its own. */
  readonly keepsClients: boolean;
  /** What is compared: larger is better. */
  speed(window: Window): number;
  /** What is printed of it. */
  value(window: Window): number;
  prepare(lab: Lab, contestant: Contestant, cell: Cell): Promise<void>;
  window(lab: Lab, contestant: Contestant, cell: Cell): Promise<Window>;
}

export type Scenario = IdleScenario | LoadScenario;
