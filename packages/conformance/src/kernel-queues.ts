import { readFileSync } from "node:fs";
import { KiB } from "./sizes.ts";

/** What the kernel holds of one connection at each of its ends, in bytes (proc(5), /proc/net/tcp). */
export interface KernelQueues {
  readonly client: Queue | undefined;
  /** Undefined where the server's end is not on this machine, or gone. */
  readonly server: Queue | undefined;
}

interface Queue {
  /** Sent, and not yet acknowledged. */
  readonly sending: number;
  /** Arrived, and not yet received by the program. */
  readonly unread: number;
}

/** The queues of the connection between these two ports of this machine. */
export function kernelQueues(clientPort: number, serverPort: number): KernelQueues {
  const ends = new Map<string, Queue>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const row of tableOf(table).split("\n").slice(1)) {
      const [, local, remote, , queues] = row.trim().split(/\s+/);
      if (!local || !remote || !queues) continue;
      const [sending, unread] = queues.split(":").map((hex) => Number.parseInt(hex, 16)) as [number, number];
      ends.set(`${portOf(local)} ${portOf(remote)}`, { sending, unread });
    }
  }
  return { client: ends.get(`${clientPort} ${serverPort}`), server: ends.get(`${serverPort} ${clientPort}`) };
}

const portOf = (address: string) => Number.parseInt(address.slice(address.lastIndexOf(":") + 1), 16);

/** A kernel without IPv6 has no table for it. */
function tableOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** The receive buffer of a client that is to be full soon. Smaller ones make each transfer slow; the kernel doubles it. */
export const SMALL_BUFFER = 64 * KiB;

/** The most that the kernel keeps for a sender, in bytes (tcp(7), tcp_wmem). */
export const SEND_BUFFER = Number(readFileSync("/proc/sys/net/ipv4/tcp_wmem", "utf8").trim().split(/\s+/)[2]);

/**
 * Bytes that do not fit into the kernel's buffers between a server and a client that reads nothing: of so many, a part
 * stays with the server, or its `send` has taken less than it was given.
 */
export const MORE_THAN_BUFFERS = SEND_BUFFER + 2 * SMALL_BUFFER + 256 * KiB;
