import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { showable } from "./showable.ts";

// What /proc (proc(5)) tells of a process from outside. A process may end while it is read: then it is not there.

export interface ProcessStat {
  readonly pid: number;
  /** R running, S sleeping, T stopped, Z zombie … */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** utime + stime of the process, and of the children it has waited for, in ticks of 10 ms. */
  readonly ticks: number;
  /** Those of the children alone. */
  readonly childTicks: number;
}

/**
 * All processes of the session that `leader` started, and all that these have started, itself first, zombies included.
 * One that has left the session and whose parent has ended is not among them: only a PID namespace holds that one.
 */
export function processTree(leader: number): ProcessStat[] {
  const all = allProcesses();
  const members = withDescendants(
    all.filter(({ session }) => session === leader),
    all,
  );
  return members.sort((a, b) => Number(b.pid === leader) - Number(a.pid === leader));
}

/** Every process of this machine that can be seen from here. */
export function allProcesses(): ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
}

/** These processes, and those among `all` that descend from them. */
export function withDescendants(first: readonly ProcessStat[], all: readonly ProcessStat[]): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  for (const each of all) children.set(each.parent, [...(children.get(each.parent) ?? []), each]);
  const found = new Map(first.map((each) => [each.pid, each]));
  for (const { pid } of found.values()) // a map visits what is added meanwhile
    for (const child of children.get(pid) ?? []) found.set(child.pid, child);
  return [...found.values()];
}

/** The number of a process in the innermost PID namespace that it belongs to (pid_namespaces(7)). */
export function innerPid(pid: number): number {
  return Number(/^NSpid:.*\s(\d+)$/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? Number.NaN);
}

/** The name of a process's program, at most 15 characters (proc(5), comm). */
export const programName = (pid: number): string => showable(read(`/proc/${pid}/comm`) ?? "").trim();

/** What the kernel counts CPU time in, in milliseconds (USER_HZ). */
export const TICK = 10;

/** Context switches of all threads of these processes (proc(5), status): the thread waited, or its processor was given away. */
export function contextSwitches(pids: readonly number[]): { voluntary: number; involuntary: number } {
  const sum = { voluntary: 0, involuntary: 0 };
  for (const pid of pids) {
    for (const thread of threads(pid)) {
      const status = read(`/proc/${pid}/task/${thread}/status`) ?? "";
      sum.voluntary += switches(status, "voluntary");
      sum.involuntary += switches(status, "nonvoluntary");
    }
  }
  return sum;
}

/** Whether a thread of these processes runs, or would run if it had a processor (proc(5), state R). */
export function wantsToRun(pids: readonly number[]): boolean {
  const stateOf = (pid: number, thread: number) => {
    const stat = read(`/proc/${pid}/task/${thread}/stat`) ?? "";
    return stat[stat.lastIndexOf(")") + 2];
  };
  return pids.some((pid) => threads(pid).some((thread) => stateOf(pid, thread) === "R"));
}

/** What a thread has done so far. */
export interface ThreadTimes {
  /** Milliseconds in which it ran, or was ready to run while others had the processor (proc(5), schedstat). */
  readonly busy: number;
  /** How often it has waited. */
  readonly waits: number;
}

/** The threads of these processes, by their number. */
export function threadTimes(pids: readonly number[]): Map<number, ThreadTimes> {
  const times = new Map<number, ThreadTimes>();
  for (const pid of pids) {
    for (const thread of threads(pid)) {
      const folder = `/proc/${pid}/task/${thread}`;
      const [running = 0, ready = 0] = (read(`${folder}/schedstat`) ?? "").split(" ").map(Number);
      const waits = switches(read(`${folder}/status`) ?? "", "voluntary");
      times.set(thread, { busy: (running + ready) / 1e6, waits });
    }
  }
  return times;
}

/** How often the first thread of each of these processes has waited (proc(5), voluntary_ctxt_switches). */
export function waits(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + switches(read(`/proc/${pid}/status`) ?? "", "voluntary"), 0);
}

const switches = (status: string, kind: "voluntary" | "nonvoluntary") =>
  Number(new RegExp(`^${kind}_ctxt_switches:\\s+(\\d+)$`, "m").exec(status)?.[1] ?? 0);

/** Proportional set size of these processes in bytes: shared pages are counted once, divided among those who share them. */
export function proportionalMemory(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const match = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "");
    return sum + Number(match?.[1] ?? 0) * 1024;
  }, 0);
}

/** Thread ids of a process. */
export function threads(pid: number): number[] {
  return list(`/proc/${pid}/task`).map(Number);
}

/** The number of descriptors a process has open. */
export function openDescriptors(pid: number): number {
  return list(`/proc/${pid}/fd`).length;
}

/** How /proc/net writes TCP_LISTEN, and a UDP socket that nobody has connected (TCP_CLOSE). */
const WAITS_FOR_ANYBODY = { tcp: "0A", udp: "07" };

/** The addresses on which sockets of these processes, or of anybody's, wait for clients. */
export function listeningAddresses(
  pids: readonly number[] | "anybody",
  protocol: "tcp" | "udp" = "tcp",
): { host: string; port: number }[] {
  const inodes = pids === "anybody" ? undefined : new Set(pids.flatMap((pid) => socketInodes(pid)));
  return [protocol, `${protocol}6`].flatMap((table) =>
    (read(`/proc/self/net/${table}`) ?? "")
      .split("\n")
      .filter((row) => row.includes(` ${WAITS_FOR_ANYBODY[protocol]} `)) // a few of thousands
      .map((row) => row.trim().split(/\s+/))
      .filter((row) => row[3] === WAITS_FOR_ANYBODY[protocol] && (inodes?.has(row[9]!) ?? true))
      .map((row) => decodeProcAddress(row[1]!)),
  );
}

/** `0100007F:1B5F` of /proc/net/tcp: 32-bit words in the machine's byte order, which is little-endian here. */
export function decodeProcAddress(text: string): { host: string; port: number } {
  const [hex = "", port = ""] = text.split(":");
  const words = hex.match(/.{8}/g)!.map((word) => word.match(/../g)!.reverse().join(""));
  const bytes = Buffer.from(words.join(""), "hex");
  const groups = words.flatMap((word) => [word.slice(0, 4), word.slice(4)]);
  const host =
    bytes.length === 4 ? [...bytes].join(".") : new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
  return { host, port: Number.parseInt(port, 16) };
}

/** The system call that a thread is in, by number, with its first argument; undefined while it runs. Needs ptrace's rights. */
export function currentSyscall(pid: number, thread: number): { number: number; argument: number } | undefined {
  const [number, argument] = (read(`/proc/${pid}/task/${thread}/syscall`) ?? "running").trim().split(" ");
  return number === "running" || number === "-1" ? undefined : { number: Number(number), argument: Number(argument) };
}

function socketInodes(pid: number): string[] {
  return list(`/proc/${pid}/fd`).flatMap((fd) => {
    const match = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`) ?? "");
    return match ? [match[1]!] : [];
  });
}

function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (!text) return undefined;
  // The name, in parentheses, may hold spaces and parentheses; what follows the last one does not.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
  const childTicks = childUser + childSystem;
  const [parent, group, session] = fields.slice(1, 4).map(Number) as [number, number, number];
  return { pid, state: fields[0]!, parent, group, session, ticks: user + system + childTicks, childTicks };
}

const read = (path: string) => ifThere(() => readFileSync(path, "utf8"));
const link = (path: string) => ifThere(() => readlinkSync(path));
const list = (path: string) => ifThere(() => readdirSync(path)) ?? [];

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return undefined;
    throw error;
  }
}
