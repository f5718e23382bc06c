import type { Manifest } from "@echolab/model";
import type { RelayOptions, UdpRelayOptions } from "@echolab/relay";
import type { Contestant } from "./contestant.ts";
import type { GeneratorProcess } from "./generator-process.ts";
import type { Load } from "./generator-protocol.ts";
import type { About, Measure } from "./result.ts";
import type { Cell, IdleSample } from "./sample.ts";
import type { Topology } from "./topology.ts";

/** What a scenario has at hand. */
export interface Lab {
  readonly generator: GeneratorProcess;
  /** Another load generator on the same processor, for loads that take all descriptors of one. It ends with the run. */
  another(): GeneratorProcess;
  readonly topology: Topology;
  readonly seed: number;
}

/** What a person may vary. */
export type Factor = "clients" | "bytes" | "depth" | "rate" | "topology";

/** How many blocks; null: not part of that run. */
export interface Blocks {
  readonly default: number | null;
  readonly quick: number | null;
  readonly full: number;
}

/** `p99<5ms`: of a hundred messages, 99 are answered within 5 ms. */
export interface Limit {
  readonly name: "p50" | "p90" | "p99" | "p99.9";
  readonly milliseconds: number;
}

/** What all scenarios have in common. */
interface Common extends About {
  readonly blocks: Blocks;
  /** Its tables in the default run, and in a full one; in a quick one those of the default run, or fewer clients. */
  readonly cells: {
    readonly default: readonly Cell[];
    readonly full: readonly Cell[];
    readonly quick?: readonly Cell[];
  };
  readonly varies: readonly Factor[];
  /** Whom it is for: those that speak this. */
  readonly protocol: Manifest["protocol"];
  /** Seconds that one contestant takes, about: to be ready, and for each block. */
  readonly cost: { readonly start: number; readonly block: number };
}

export interface IdleScenario extends Common {
  readonly kind: "idle";
  sample(lab: Lab, contestant: Contestant, cell: Cell): Promise<IdleSample>;
}

/** What a relay does on the way; of TCP and of UDP it is not the same. */
export type Network = RelayOptions | UdpRelayOptions;

export interface LoadScenario extends Common {
  readonly kind: "load";
  /** Whether one server runs under three names, so that the run knows what it can resolve. */
  readonly control: boolean;
  /** Whether a model that declares fewer clients gets no more than those. */
  readonly upToDeclared: boolean;
  /** Milliseconds of one window. */
  readonly window: number;
  readonly measure: Measure;
  /** What stands between the clients and the server, and makes the network worse; left out: nothing. */
  readonly network?: Network;
  /** With it, each window is a search for the highest rate that keeps this limit. */
  readonly limit?: Limit;
  /** Of the cell's clients, how many talk; left out: all. The others are served once, and are silent from then on. */
  talking?(clients: number): number;
  load(cell: Cell): Load;
}

export interface SyscallsScenario extends Common {
  readonly kind: "syscalls";
}

export type Scenario = IdleScenario | LoadScenario | SyscallsScenario;
