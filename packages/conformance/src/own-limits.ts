import { readFileSync } from "node:fs";
import { machineLimit, noProcessLeft, processesLeft, StartError } from "@echolab/model";
import { Unverifiable } from "./failure.ts";

// What this process and this machine can still open. If this limit stops a client or
// a server, that is no failure of the server under test.

/** This process or this machine is at a limit of its own: that is never the server's failure. */
export class OwnLimitError extends Unverifiable {
  override readonly name = "OwnLimitError";
}

/** Errors of connect(2), socket(2) and fork(2) that come from this machine or this process, whatever the server does. */
const MEANING: Record<string, string> = {
  EADDRNOTAVAIL: "no port is left for it (net.ipv4.ip_local_port_range)",
  EMFILE: "this process may open no more descriptors (ulimit -n)",
  ENFILE: "this machine has no descriptor left (fs.file-max)",
  ENOBUFS: "this machine has no memory left for it",
  ENOMEM: "this machine has no memory left for it",
  EAGAIN: "this machine has no room for another connection",
};

/** Why a client could not connect, where that is not the server's doing. */
export function connectLimit(code: string | undefined): OwnLimitError | undefined {
  const limit = MEANING[code ?? ""];
  return limit === undefined
    ? undefined
    : new OwnLimitError(`could not be checked: a client could not connect: ${limit}`);
}

/**
 * Why a server, or its build, could not be started, where that is not its own doing: by the error of this tool's own
 * call, or by what is left once the server has been stopped. Never by what it says: it can say anything.
 */
export function startLimit(error: unknown): OwnLimitError | undefined {
  const code = machineLimit(error);
  if (code === undefined) return error instanceof StartError ? noRoom() : undefined;
  const why = code === "EAGAIN" ? processesLeft().words : MEANING[code];
  return new OwnLimitError(`could not be checked: no program could be started: ${why}`);
}

/** Descriptors that are kept for all else: reading /proc, starting a server. */
const KEPT_DESCRIPTORS = 32;

/** Requires that this process can have `count` more clients of a server. @throws OwnLimitError which says what to do */
export async function requireClients(count: number, server: { readonly port: number }): Promise<void> {
  const { descriptorsLeft } = await import("@echolab/posix-sockets"); // only here: it loads a native library
  const descriptors = Math.max(0, descriptorsLeft() - KEPT_DESCRIPTORS);
  if (descriptors < count) {
    const [, limit] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
    const words = `${count} clients asked, ${descriptors} possible: ulimit -n ${limit}; raise it to ${count + 1024}`;
    throw new OwnLimitError(`could not be checked: ${words}`);
  }
  const { ports, size } = portsLeft(server.port);
  if (ports < count)
    throw new OwnLimitError(
      `could not be checked: ${count} clients asked, ${ports} possible: net.ipv4.ip_local_port_range has ${size} ports`,
    );
}

const TIME_WAIT = "06";

/** Ports from which a client can still connect to this port, and how many there are in all (ip(7), ip_local_port_range). */
function portsLeft(serverPort: number): { ports: number; size: number } {
  const setting = (name: string) => readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim().split(/\s+/).map(Number);
  const [first, last] = setting("ip_local_port_range") as [number, number];
  const isReused = setting("tcp_tw_reuse")[0] !== 0; // on loopback, what waits in TIME_WAIT is then free again
  const size = last - first + 1;
  const to = `:${serverPort.toString(16).toUpperCase().padStart(4, "0")}`;
  const taken = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(to) && !(state === TIME_WAIT && isReused)).length;
  return { ports: Math.max(0, size - taken), size };
}

/** That no process or thread could be started, by what is left now. */
export function noRoom(): OwnLimitError | undefined {
  const words = noProcessLeft();
  return words === undefined ? undefined : new OwnLimitError(`could not be checked: ${words}`);
}
