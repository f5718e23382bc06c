import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { guardSession, pause, unguardSession } from "@echolab/model";

const run = promisify(execFile);

/** Counts the system calls of running processes. */
export interface Tracer {
  readonly tool: "perf" | "strace";
  /** Calls by name while `work` runs, of these processes and of all that they start. */
  count(pids: readonly number[], work: () => Promise<unknown>): Promise<Record<string, number>>;
}

/** For a tool to be attached, in milliseconds. */
const ATTACHING = 500;

// Calls that a server may make for a message; perf counts all others together.
const CALLS =
  "recvfrom recvmsg read readv sendto sendmsg write writev epoll_wait epoll_pwait epoll_ctl poll ppoll select pselect6 accept accept4 io_uring_enter futex nanosleep clock_nanosleep close shutdown setsockopt fcntl".split(
    " ",
  );

/** perf's tracepoints where they are allowed, else strace, else nothing. */
export async function findTracer(): Promise<Tracer | null> {
  return (await perf()) ?? (await strace());
}

async function perf(): Promise<Tracer | null> {
  try {
    const { stderr } = await run("perf", ["stat", "-x", ";", "-e", "raw_syscalls:sys_enter", "true"]);
    if (!/^\d/m.test(stderr)) return null;
    const { stdout } = await run("perf", ["list", "--raw-dump"], { maxBuffer: 1e8 });
    const known = CALLS.filter((call) => new RegExp(`\\bsyscalls:sys_enter_${call}\\b`).test(stdout));
    const events = ["raw_syscalls:sys_enter", ...known.map((call) => `syscalls:sys_enter_${call}`)];
    return {
      tool: "perf",
      count: async (pids, work) =>
        perfCounts(await during("perf", ["stat", "-x", ";", "-e", events.join(","), "-p", pids.join(",")], work)),
    };
  } catch {
    return null;
  }
}

/** `1234;;syscalls:sys_enter_recvfrom;…` */
export function perfCounts(text: string): Record<string, number> {
  const rows = [...text.matchAll(/^(\d+);[^;]*;(?:raw_)?syscalls:sys_enter_?(\w*);/gm)];
  const counts = Object.fromEntries(rows.map(([, count, call]) => [call || "total", Number(count)]));
  const { total = 0, ...named } = counts;
  const other = total - Object.values(named).reduce((sum, count) => sum + count, 0);
  return present({ ...named, other });
}

async function strace(): Promise<Tracer | null> {
  try {
    await run("strace", ["-o", "/dev/null", "true"]);
    return {
      tool: "strace",
      count: async (pids, work) =>
        straceCounts(
          await during("strace", ["-f", "-c", "-U", "calls,name", ...pids.flatMap((pid) => ["-p", String(pid)])], work),
        ),
    };
  } catch {
    return null;
  }
}

/** Two columns, `1234 recvfrom`, between lines of hyphens. */
export function straceCounts(text: string): Record<string, number> {
  const rows = [...text.matchAll(/^\s*(\d+)\s+(\w+)\s*$/gm)].filter(([, , call]) => call !== "total");
  return present(Object.fromEntries(rows.map(([, count, call]) => [call, Number(count)])));
}

const present = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

/** What `command` prints on stderr when it is interrupted after `work`. */
async function during(command: string, words: readonly string[], work: () => Promise<unknown>): Promise<string> {
  const child = spawn(command, words, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (data) => (text += data));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  guard(child, guardSession);
  try {
    await pause(ATTACHING);
    if (child.exitCode !== null) throw new Error(`${command} could not be attached: ${text.trim().split("\n").at(-1)}`);
    await work();
  } finally {
    child.kill("SIGINT");
    await ended;
    guard(child, unguardSession);
  }
  return text;
}

function guard({ pid }: ChildProcess, act: (leader: number) => void): void {
  if (pid) act(pid);
}
