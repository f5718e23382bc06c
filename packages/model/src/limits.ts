import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Enclosure } from "./enclosure.ts";
import { guardGroupFolder } from "./guard.ts";
import { systemProgram } from "./system-program.ts";

/** What a server may have at most, with all that it starts. */
export interface Limits {
  /** Open descriptors of each process (RLIMIT_NOFILE, soft and hard: Node raises the soft one to the hard one). */
  readonly descriptors?: number;
  /** Processes and threads of all together. */
  readonly processes?: number;
  /** Seconds of CPU time of each process (RLIMIT_CPU). */
  readonly cpu?: number;
  /** Bytes of memory of all together (proportional set size): looked at twice a second, and then ended. */
  readonly memory?: number;
  /** Bytes of each file that it writes (RLIMIT_FSIZE). */
  readonly fileSize?: number;
}

/** What a stranger's server may have: enough for any load, and not enough to fill the machine. */
export const FOREIGN_LIMITS: Limits = {
  descriptors: 65_536,
  processes: 3000,
  memory: 4 * 2 ** 30,
};
/** What it writes outside of a sandbox stays behind. */
export const FOREIGN_FILE_BYTES = 64 * 2 ** 20;

/** The one outside of a namespace, and its first one. */
const ENCLOSURE_PROCESSES = 2;

let folders = 0;

/**
 * The limits of one server. Processes are counted by the kernel in a control group (cgroups(7)) where this tool may
 * make one; else by RLIMIT_NPROC, which counts all that the user runs, and does not hold for root.
 */
export class Limited {
  readonly #limits: Limits;
  readonly #group: string | undefined;

  /** @param enclosure what the server runs in: its own processes are not the server's */
  constructor({ processes, ...others }: Limits, enclosure: Enclosure) {
    const own = enclosure === "session" ? 0 : ENCLOSURE_PROCESSES;
    this.#limits = processes === undefined ? others : { ...others, processes: processes + own };
    if (processes !== undefined) this.#group = groupOf(processes + own);
  }

  /** Whether a limit of processes holds: root is bound by a control group only. */
  get countsProcesses(): boolean {
    return this.#group !== undefined || (this.#limits.processes !== undefined && process.getuid?.() !== 0);
  }

  /** The command, in the words that run it under the limits of each process. */
  command(words: readonly string[]): readonly string[] {
    const { descriptors, processes, cpu, fileSize } = this.#limits;
    const limits = [
      ...(descriptors === undefined ? [] : [`--nofile=${atMost("open files", descriptors)}`]),
      ...(cpu === undefined ? [] : [`--cpu=${cpu}:${cpu + 5}`]), // at the first SIGXCPU says why, at the second SIGKILL
      ...(fileSize === undefined ? [] : [`--fsize=${atMost("file size", fileSize)}`]),
      ...(processes === undefined || this.#group
        ? []
        : [`--nproc=${atMost("processes", processes + tasksOfThisUser())}`]),
    ];
    return limits.length > 0 ? [systemProgram("prlimit") ?? "prlimit", ...limits, ...words] : words;
  }

  /** The command, in the words that run it, and all that it starts, in the control group. */
  inGroup(words: readonly string[]): readonly string[] {
    if (!this.#group) return words;
    return ["/bin/sh", "-c", 'echo $$ > "$0"; exec "$@"', join(this.#group, "cgroup.procs"), ...words];
  }

  /** Ends all that is in the control group, also who has left the session. */
  end(): void {
    if (!this.#group || !existsSync(this.#group)) return;
    writeFileSync(join(this.#group, "pids.max"), "0"); // nobody is born while the others die
    for (const pid of readFileSync(join(this.#group, "cgroup.procs"), "utf8").split("\n").filter(Boolean)) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // it has just ended
      }
    }
  }

  /** Removes the control group: a moment later, where somebody in it has not quite ended. */
  release(attempts = 20): void {
    try {
      if (this.#group && existsSync(this.#group)) rmdirSync(this.#group);
    } catch {
      if (attempts > 1) setTimeout(() => this.release(attempts - 1), 100).unref();
    }
  }
}

/** A soft and a hard limit, no higher than the hard one of this process (getrlimit(2)): only root may raise that. */
function atMost(what: string, wanted: number): string {
  const hard = new RegExp(`^Max ${what}\\s+\\S+\\s+(\\S+)`, "m").exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  const limit = hard === undefined || hard === "unlimited" ? wanted : Math.min(wanted, Number(hard));
  return `${limit}:${limit}`;
}

/** RLIMIT_NPROC counts all processes and threads of a user, not only those of the server. */
function tasksOfThisUser(): number {
  const uid = process.getuid?.();
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => {
      try {
        return statSync(`/proc/${pid}`).uid === uid ? sum + readdirSync(`/proc/${pid}/task`).length : sum;
      } catch {
        return sum; // it has just ended
      }
    }, 0);
}

/** A new control group for so many processes and threads; undefined where this tool may not make one. */
function groupOf(processes: number): string | undefined {
  const parent = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].find((folder) => {
    const controllers = join(folder, "cgroup.subtree_control"); // only version 2 has it
    if (folder.endsWith("pids")) return existsSync(join(folder, "cgroup.procs"));
    return existsSync(controllers) && readFileSync(controllers, "utf8").includes("pids");
  });
  if (!parent) return undefined;
  folders += 1;
  const group = join(parent, `echolab-${process.pid}-${folders}`);
  try {
    mkdirSync(group);
    guardGroupFolder(group);
    writeFileSync(join(group, "pids.max"), String(processes));
    return group;
  } catch {
    return undefined;
  }
}
