import type { WindowReport } from "./generator-protocol.ts";
import type { Noise } from "./noise.ts";
import type { TopologyName } from "./topology.ts";

/** How much load, and who runs where: what a person may choose. */
export interface Cell {
  readonly clients: number;
  /** The size of a message; of a workload with several sizes, the median. */
  readonly bytes: number;
  /** Messages that a client has under way. */
  readonly depth: number;
  /** Of an open loop: messages a second, or the share of what the server can do at most. */
  readonly rate: Rate | null;
  readonly topology: TopologyName;
}

export type Rate = { readonly perSecond: number } | { readonly share: number };

/** What all processes of a server take, in bytes (PSS), with this number of clients connected. */
export interface MemoryPoint {
  readonly clients: number;
  readonly bytes: number;
}

/** What one block of `idle` sees of a server. */
export interface IdleSample {
  /** Milliseconds from the start of the program until it is ready; of a server without a ready line, up to a tenth more. */
  readonly startTime: number;
  /** CPU time in half a second without load, as a share of one processor. */
  readonly cpuShare: number;
  /** PSS of all its processes by number of connected and silent clients; the first point is when it is ready, the second after a warm-up. */
  readonly memory: readonly MemoryPoint[];
  /** PSS that one more connected and silent client adds, in bytes: the slope over the later points; null where only one may be connected. */
  readonly memoryPerClient: number | null;
}

/** What one window saw of a server: the generator's report, and what /proc says. */
export interface Window extends WindowReport, Noise {
  /** CPU time of all the server's processes, in milliseconds. */
  readonly cpu: number;
  /** Local ports that this machine has for clients, where each of them comes anew; left out where they stay. */
  readonly localPorts?: number;
}
