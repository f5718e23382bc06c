import type { Window } from "./contestant.ts";
import type { IdleSample } from "./scenario.ts";
import type { Effect, Judgement } from "./statistics.ts";

/** What a run leaves behind: `result.json`, described by result.schema.json. */
export interface Result {
  readonly version: 1;
  /** The name of its folder: `20260102T030405Z-42`. */
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seed: number;
  /** True when it was interrupted: finished blocks only. */
  readonly partial: boolean;
  readonly topology: { readonly name: "shared" | "split"; readonly server: string; readonly generator: string };
  readonly machine: Machine;
  /** The model that ratios are to. */
  readonly reference: string;
  readonly models: readonly { readonly name: string; readonly title: string }[];
  /** Models that this machine cannot run. */
  readonly skipped: readonly { readonly model: string; readonly why: string }[];
  /** Models that lose bytes: they are not timed. */
  readonly failed: readonly { readonly model: string; readonly why: string }[];
  readonly scenarios: readonly (LoadResult | IdleResult)[];
  readonly findings: readonly string[];
}

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  /** Bytes. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  readonly congestionControl: string;
}

export interface IdleResult {
  readonly kind: "idle";
  readonly scenario: string;
  readonly clients: number;
  readonly bytes: number;
  readonly rows: readonly IdleRow[];
}

export interface IdleRow {
  readonly model: string;
  /** Why it has no samples, or no more of them. */
  readonly error: string | null;
  readonly samples: readonly IdleSample[];
}

export interface LoadResult {
  readonly kind: "load";
  readonly scenario: string;
  readonly clients: number;
  readonly bytes: number;
  /** The ratio, 1 or more, that two processes of the reference differ by; null without a control. */
  readonly resolution: number | null;
  /** False when the third process of the reference differs from the first by more than noise can: no verdicts then. */
  readonly valid: boolean;
  readonly rows: readonly LoadRow[];
}

export interface LoadRow {
  readonly model: string;
  /** The reference runs under three names: its row, A' and A''. */
  readonly role: "row" | "A'" | "A''";
  readonly error: string | null;
  /** One for each block, in their order. */
  readonly windows: readonly Window[];
  /** Null where there is no window. */
  readonly summary: LoadSummary | null;
}

export interface LoadSummary {
  /** The median of the windows' answers a second; in `crowd`, of the seconds until all had been served. */
  readonly value: number;
  /** Its speed as a ratio to the reference's; null for the reference, and where it is not ranked. */
  readonly effect: Effect | null;
  readonly verdict: Judgement | null;
  /** False when clients were left without any answer: what the others got says nothing then. */
  readonly ranked: boolean;
  /** Clients that got an answer in any window, and clients that asked. */
  readonly served: number;
  readonly offered: number;
  /** Jain's (sum of x)^2 / sum of x^2, the median over the windows. */
  readonly effectiveClients: number;
  /** Microseconds of CPU time of all the server's processes for one answer, over all windows; null without any. */
  readonly cpuPerReply: number | null;
  /** The same of the load generator. */
  readonly generatorCpuPerReply: number | null;
  /** Milliseconds, the longest in any window. */
  readonly longestWait: number;
  /** Milliseconds; null where there are too few samples, or clients that were not served. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** What the row could not go beyond. */
  readonly limit: "server" | "generator" | "waking" | "starvation";
}
