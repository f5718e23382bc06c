import { readdirSync, readFileSync, statSync } from "node:fs";
import { ControlGroup } from "./control-group.ts";
import type { Enclosure } from "./enclosure.ts";
import { systemProgram } from "./system-program.ts";

/** What a server may have at most, with all that it starts. */
export interface Limits {
  /** Open descriptors of each process (RLIMIT_NOFILE, soft and hard: Node raises the soft one to the hard one). */
  readonly descriptors?: number;
  /** Processes and threads of all together. */
  readonly processes?: number;
  /** Seconds of CPU time of each process (RLIMIT_CPU). */
  readonly cpu?: number;
  /** Bytes of memory of all together: held by a control group, and looked at twice a second (proportional set size). */
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
/** What it writes may stay behind. */
export const FOREIGN_FILE_BYTES = 64 * 2 ** 20;

/** The one outside of a namespace, and its first one. */
const ENCLOSURE_PROCESSES = 2;
const CPU_GRACE_SECONDS = 5;

/**
 * The limits of one server. Processes and memory are counted by the kernel in a control group where this tool may make
 * one; else processes by RLIMIT_NPROC, which counts all that the user runs, and does not hold for root.
 */
export class Limited {
  readonly #limits: Limits;
  readonly #group: ControlGroup | undefined;

  /** @param enclosure what the server runs in: its own processes are not the server's */
  constructor({ processes, ...others }: Limits, enclosure: Enclosure) {
    const own = enclosure === "session" ? 0 : ENCLOSURE_PROCESSES;
    const all = processes === undefined ? undefined : processes + own;
    this.#limits = all === undefined ? others : { ...others, processes: all };
    this.#group = ControlGroup.make({ pids: all, memory: others.memory });
  }

  /** Whether a limit of processes holds: root is bound by a control group only. */
  get countsProcesses(): boolean {
    return this.#hasGroupOf("pids") || (this.#limits.processes !== undefined && process.getuid?.() !== 0);
  }

  /** Whether the kernel has killed a process because all together used more memory than they may. */
  get isOutOfMemory(): boolean {
    return this.#group?.hasKilled ?? false;
  }

  /** The command, in the words that run it under the limits of each process. */
  command(words: readonly string[]): readonly string[] {
    const { descriptors, processes, cpu, fileSize } = this.#limits;
    const limits = [
      ...(descriptors === undefined ? [] : [`--nofile=${atMost("open files", descriptors)}`]),
      // At the first one SIGXCPU says why; at the second one, SIGKILL.
      ...(cpu === undefined ? [] : [`--cpu=${atMost("cpu time", cpu, cpu + CPU_GRACE_SECONDS)}`]),
      ...(fileSize === undefined ? [] : [`--fsize=${atMost("file size", fileSize)}`]),
      ...(processes === undefined || this.#hasGroupOf("pids")
        ? []
        : [`--nproc=${atMost("processes", processes + tasksOfThisUser())}`]),
    ];
    return limits.length > 0 ? [systemProgram("prlimit") ?? "prlimit", ...limits, ...words] : words;
  }

  /** The command, in the words that run it, and all that it starts, in the control group. */
  inGroup(words: readonly string[]): readonly string[] {
    return [...(this.#group?.entrance ?? []), ...words];
  }

  /** Ends all that is in the control group, also what has left the session. */
  end(): void {
    this.#group?.kill();
  }

  /** Removes the control group. */
  release(): void {
    this.#group?.remove();
  }

  #hasGroupOf(controller: "pids" | "memory"): boolean {
    return this.#group?.limits(controller) ?? false;
  }
}

/** A soft and a hard limit, no higher than the hard one of this process (getrlimit(2)): only root may raise that. */
function atMost(what: string, soft: number, hard = soft): string {
  const own = new RegExp(`^Max ${what}\\s+\\S+\\s+(\\S+)`, "m").exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  const most = own === undefined || own === "unlimited" ? Number.POSITIVE_INFINITY : Number(own);
  return `${Math.min(soft, most)}:${Math.min(hard, most)}`;
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
