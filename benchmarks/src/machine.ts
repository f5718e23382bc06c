import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { cpuQuota } from "./quota.ts";
import type { Machine } from "./result.ts";

/** What the numbers depend on, and nothing that names this machine. */
export function machine(ownNetwork: boolean): Machine {
  const { processors } = cpuQuota();
  return {
    processor: cpus()[0]?.model ?? "unknown",
    processors: availableParallelism(),
    ...(processors !== null && { quota: processors }),
    memory: totalmem(),
    kernel: release(),
    node: process.version,
    congestionControl: setting("tcp_congestion_control"),
    ownNetwork,
    tcpReceiveBuffer: setting("tcp_rmem").split(/\s+/).map(Number),
    tcpSendBuffer: setting("tcp_wmem").split(/\s+/).map(Number),
  };
}

/** tcp(7) */
const setting = (name: string) => readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim();
