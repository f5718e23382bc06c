import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** split: server and generator on a processor each. shared: both on one. free: wherever the kernel puts them. */
export type TopologyName = (typeof topologies)[number];

export const topologies = ["split", "shared", "free"] as const;

/** Who runs where. */
export interface Topology {
  readonly name: TopologyName;
  /** As `taskset --cpu-list` writes them. */
  readonly server: string;
  readonly generator: string;
  /** A generator with a processor of its own asks the kernel round and round: no wake-up of its own is measured. */
  readonly poll: "busy" | "blocking";
}

/**
 * `split` needs two processors that this process may use; where there is one, the answer is `shared`, and where it may
 * not choose one (sched_setaffinity(2): some containers forbid it), `free`.
 */
export function topology(name: TopologyName, allowed = allowedProcessors(), mayChoose = mayPin()): Topology {
  const [first = 0, second] = allowed;
  const all = allowed.join(",");
  if (name === "free" || !mayChoose) return { name: "free", server: all, generator: all, poll: "blocking" };
  if (name === "shared" || second === undefined) {
    return { name: "shared", server: String(first), generator: String(first), poll: "blocking" };
  }
  return { name, server: String(first), generator: String(second), poll: "busy" };
}

let pins: boolean | undefined;

/** Whether this process may give a program its processor. */
export function mayPin(): boolean {
  pins ??= spawnSync("taskset", ["--cpu-list", allowedProcessors().join(","), "true"]).status === 0;
  return pins;
}

/** The words that run a command on these processors; where it may not be, the command itself. */
export const pinned = (cpus: string, words: readonly string[]): readonly string[] =>
  mayPin() ? ["taskset", "--cpu-list", cpus, ...words] : words;

/** The same as `ServerProcess` takes it. */
export const cpusOf = (cpus: string): { cpus?: string } => (mayPin() ? { cpus } : {});

/** The processors that this process may run on (proc(5), Cpus_allowed_list: `0-3,8`). */
export function allowedProcessors(status = readFileSync("/proc/self/status", "utf8")): number[] {
  return processorList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)![1]!);
}

/** `0-3,8` as numbers. */
export function processorList(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}
