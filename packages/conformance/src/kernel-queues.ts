import { readFileSync } from "node:fs";
import { KiB, MiB } from "./sizes.ts";

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
  const queuesOf = (local: number, remote: number): Queue | undefined => {
    const [sending, unread] =
      ends
        .get(`${local} ${remote}`)
        ?.split(":")
        .map((hex) => Number.parseInt(hex, 16)) ?? [];
    return sending === undefined || unread === undefined ? undefined : { sending, unread };
  };
  const ends = new Map(rows().map(({ local, remote, queues }) => [`${local} ${remote}`, queues]));
  return { client: queuesOf(clientPort, serverPort), server: queuesOf(serverPort, clientPort) };
}

/** Every end of a TCP connection on this machine. */
function rows(): { local: number; remote: number; queues: string }[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    tableOf(table)
      .split("\n")
      .slice(1)
      .flatMap((row) => {
        const [, local, remote, , queues] = row.trim().split(/\s+/);
        return local && remote && queues ? [{ local: portOf(local), remote: portOf(remote), queues }] : [];
      }),
  );
}

const portOf = (address: string) => Number.parseInt(address.slice(address.lastIndexOf(":") + 1), 16);

/** Empty where it is not there: a kernel without IPv6 has no table for it, and a container may hide its settings. */
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

/** The most that the kernel keeps for a sender, in bytes (tcp(7), tcp_wmem); where that is hidden, what is usual. */
export const SEND_BUFFER = Number(tableOf("/proc/sys/net/ipv4/tcp_wmem").trim().split(/\s+/)[2] ?? 4 * MiB);

/**
 * Bytes that do not fit into the kernel's buffers between a server and a client that reads nothing: when a server
 * receives this many, it still holds a part of them, or its `send` has taken less than it was given.
 */
export const MORE_THAN_BUFFERS = SEND_BUFFER + 2 * SMALL_BUFFER + 256 * KiB;
