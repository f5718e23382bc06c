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

/** `split` needs two processors that this process may use; where there is one, the answer is `shared`. */
export function topology(name: TopologyName, allowed = allowedProcessors()): Topology {
  const [first = 0, second] = allowed;
  const all = allowed.join(",");
  if (name === "free") return { name, server: all, generator: all, poll: "blocking" };
  if (name === "shared" || second === undefined) {
    return { name: "shared", server: String(first), generator: String(first), poll: "blocking" };
  }
  return { name, server: String(first), generator: String(second), poll: "busy" };
}

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
