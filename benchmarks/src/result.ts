import type { Cell, IdleSample, MemoryPoint, Window } from "./sample.ts";
import type { Effect, Estimate, Judgement } from "./statistics.ts";

/** What a run leaves behind: `result.json`, described by result.schema.json. */
export interface Result {
  readonly version: 2;
  /** The name of its folder: `20260102T030405Z-42`. */
  readonly id: string;
  /** What was typed: `pnpm bench --quick`. */
  readonly command: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seed: number;
  /** True when it was interrupted: finished blocks only. */
  readonly partial: boolean;
  readonly machine: Machine;
  /** The model that ratios are to. */
  readonly reference: string;
  readonly models: readonly { readonly name: string; readonly title: string }[];
  /** Models that this machine cannot run. */
  readonly skipped: readonly { readonly model: string; readonly why: string }[];
  /** Models that lose bytes: they are not timed. */
  readonly failed: readonly { readonly model: string; readonly why: string }[];
  /** The load generator against a server that knows what it did; null where it was not run (`--full` does). */
  readonly selfTest: readonly SelfTestCase[] | null;
  readonly scenarios: readonly ScenarioResult[];
  readonly findings: readonly string[];
}

export type ScenarioResult = LoadResult | IdleResult | SyscallsResult;

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  /** As many processors' time as the control group may use (cgroups(7)); left out where it has no limit. */
  readonly quota?: number;
  /** Bytes. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  /** In a network namespace of the run's own, where that was allowed: then `reno`. */
  readonly congestionControl: string;
  readonly ownNetwork: boolean;
  /** tcp(7): least, default and most bytes of a socket's buffers. */
  readonly tcpReceiveBuffer: readonly number[];
  readonly tcpSendBuffer: readonly number[];
}

/** What a scenario is about, as a person reads it. */
export interface About {
  readonly scenario: string;
  /** What it does and shows: one sentence, without a full stop. */
  readonly shows: string;
  /** Which model it punishes, and why: one sentence. */
  readonly punishes: string;
}

export interface IdleResult extends About {
  readonly kind: "idle";
  readonly cell: Cell;
  readonly rows: readonly IdleRow[];
}

export interface IdleRow {
  readonly model: string;
  /** Why it has no samples, or no more of them. */
  readonly error: string | null;
  readonly samples: readonly IdleSample[];
}

export interface LoadResult extends About {
  readonly kind: "load";
  readonly cell: Cell;
  readonly measure: Measure;
  /** The ratio, 1 or more, that two processes of the reference differ by; null without a control. */
  readonly resolution: number | null;
  /** False when the third process of the reference differs from the first by more than noise can: no verdicts then. */
  readonly valid: boolean;
  /** Blocks that were done again because somebody else used the processors. They are in `blocks.ndjson`, not here. */
  readonly repeated: number;
  /** Why there were fewer clients than the cell has: this machine allows the load generator no more. */
  readonly shortage?: string;
  readonly rows: readonly LoadRow[];
}

/** What is compared. */
export interface Measure {
  readonly name: "messages/s" | "clients/s" | "all served in" | "CPU/message" | "p99" | "rate within the limit";
  readonly unit: "1/s" | "ms" | "µs";
  readonly better: "more" | "less";
}

export interface LoadRow {
  readonly model: string;
  /** The reference runs under three names: its row, A' and A''. */
  readonly role: "row" | "A'" | "A''";
  /** The row that its ratio is to; null for that row itself. */
  readonly comparedWith: string | null;
  readonly error: string | null;
  /** The clients it was given: fewer than the cell's where it declares fewer, and the scenario holds it to that. */
  readonly clients: number;
  /** PSS of all its processes, in bytes, by number of connected clients. */
  readonly memory: readonly MemoryPoint[];
  /** One for each block, in their order. */
  readonly windows: readonly Window[];
  /** Null where there is no window. */
  readonly summary: LoadSummary | null;
}

export interface LoadSummary {
  /** The median over the windows of what is measured, with the interval of order statistics. */
  readonly value: Estimate;
  /** Its speed as a ratio to the compared row's, more is faster; null for that row, and where it is not ranked. */
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
  /** What that is above the sequential server's (Stevens' table, UNP 30.1); null outside of `churn`, or without it. */
  readonly cpuAboveSequential: number | null;
  /** The same of the load generator. */
  readonly generatorCpuPerReply: number | null;
  /** Answers a second, the median over the windows. */
  readonly rate: number;
  /** Messages a second that were to be sent, the median over the windows; null in a closed loop. */
  readonly offeredRate: number | null;
  /** Milliseconds, the longest in any window. */
  readonly longestWait: number;
  /** Of the merged histograms; null where there are too few samples, and in a closed loop with clients left out. */
  readonly p50: Percentile | null;
  readonly p90: Percentile | null;
  readonly p99: Percentile | null;
  readonly p999: Percentile | null;
  /** 99 % of the answers came so soon after the real send; null in a closed loop. */
  readonly serviceP99: number | null;
  /** 99 % of the messages were sent at most so late, in milliseconds; null in a closed loop. */
  readonly latenessP99: number | null;
  /** Bytes of PSS that one more client adds: the slope over `memory`; null with fewer than two points. */
  readonly memoryPerClient: number | null;
  /** Of UDP, as shares of all that were sent: lost, duplicates, reordered; null of TCP. */
  readonly datagrams: { readonly lost: number; readonly duplicates: number; readonly reordered: number } | null;
  /** Messages a second at which the load generator would have had no time left. */
  readonly ceiling: number;
  /** What the row could not go beyond. */
  readonly limit: "server" | "generator" | "ports" | "waking" | "schedule" | "starvation";
}

/** `atLeast`: unanswered requests are among the slower ones, and the true value is not smaller. */
export interface Percentile {
  readonly milliseconds: number;
  readonly atLeast: boolean;
}

/** The pass that counts system calls: it slows servers down, so nothing else is measured in it. */
export interface SyscallsResult extends About {
  readonly kind: "syscalls";
  readonly cell: Cell;
  /** What counted: perf's tracepoints or strace; null where there is neither. */
  readonly tool: "perf" | "strace" | null;
  /** Nanoseconds of CPU of one call, measured on this machine by itself; `wake-up`: of being put to sleep and woken. */
  readonly prices: Readonly<Record<string, number>>;
  readonly rows: readonly SyscallsRow[];
}

export interface SyscallsRow {
  readonly model: string;
  readonly error: string | null;
  /** Calls for one message, by name, the most frequent first. */
  readonly calls: Readonly<Record<string, number>>;
  /** Context switches for one message, without the tracer: the server waited, or somebody else got its processor. */
  readonly voluntary: number;
  readonly involuntary: number;
  /** Microseconds of CPU for one message, measured without the tracer. */
  readonly cpuPerMessage: number;
  /** What calls and wake-ups account for of that; null where a call has no price, as io_uring_enter has none. */
  readonly explained: number | null;
}

/** One server that delays, and what it and the load generator say of it. Milliseconds. */
export interface SelfTestCase {
  readonly name: string;
  readonly passed: boolean;
  /** Windows that it took: the machine may have been in the way. */
  readonly attempts: number;
  readonly sent: number;
  readonly counted: number;
  /** Sent, and still under way when the window had closed: then it does not pass. */
  readonly unanswered: number;
  readonly p50: { readonly measured: number; readonly recorded: number };
  readonly p99: { readonly measured: number; readonly recorded: number };
}
