import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { Machine } from "./result.ts";

/** What the numbers depend on, and nothing that names this machine. */
export function machine(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    processors: availableParallelism(),
    memory: totalmem(),
    kernel: release(),
    node: process.version,
    congestionControl: readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim(),
  };
}
