import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guardControlGroup, unguardControlGroup } from "./guard.ts";
import { ownGroups, read } from "./own-groups.ts";

// Control groups (cgroups(7)): the kernel counts what all processes of a group use together, and holds the limit. In
// version 1 each controller has a hierarchy of its own, and so a server has a folder in each; in version 2 there is one.

type Controller = "pids" | "memory";

/** What all in a group may have together. */
export interface GroupLimits {
  /** Processes and threads. */
  readonly pids?: number | undefined;
  /** Bytes: also what is in no process's own memory, as in /dev/shm, in a memfd and in sockets. */
  readonly memory?: number | undefined;
}

const ENTER_FAILED = 126;
const CANNOT_ENTER = "cannot enter the control group";
/** In a shell: a program that is not in all of its groups must not run. */
const ENTER = `
while [ "$1" != -- ]; do
  { echo $$ >"$1"; } 2>/dev/null || { echo '${CANNOT_ENTER}' >&2; exit ${ENTER_FAILED}; }
  shift
done
shift
exec "$@"`;

const REMOVE_EVERY_MS = 100;
const MOST_REMOVALS = 20;

let groups = 0;

/** A control group below this process's own, whose limits hold for it too. It goes with this tool. */
export class ControlGroup {
  readonly #folders: readonly string[];
  readonly #limited: ReadonlySet<Controller>;

  private constructor(folders: readonly string[], limited: ReadonlySet<Controller>) {
    this.#folders = folders;
    this.#limited = limited;
  }

  /** @returns one that holds as many of the limits as this tool may set here; undefined where that is none */
  static make(limits: GroupLimits): ControlGroup | undefined {
    groups += 1;
    const name = `echolab-${process.pid}-${groups}`;
    const folders = new Set<string>();
    const limited = new Set<Controller>();
    for (const controller of ["pids", "memory"] as const) {
      const most = limits[controller];
      const parent = most === undefined ? undefined : parentFor(controller);
      if (most === undefined || parent === undefined) continue;
      const folder = join(parent, name);
      try {
        if (!folders.has(folder)) mkdirSync(folder);
        folders.add(folder);
        guardControlGroup(folder);
        setLimit(folder, controller, most);
        limited.add(controller);
      } catch {
        // not ours to write
      }
    }
    const group = new ControlGroup([...folders], limited);
    if (limited.size > 0) return group;
    group.remove();
    return undefined;
  }

  /** Whether the kernel holds this limit. */
  limits(controller: Controller): boolean {
    return this.#limited.has(controller);
  }

  /** The words before a command that run it, and all that it starts, in the group. */
  get entrance(): readonly string[] {
    return entrance(this.#folders.map((folder) => join(folder, "cgroup.procs")));
  }

  /** Whether the kernel has killed one of its processes because the group had no memory left. */
  get hasKilled(): boolean {
    return this.#folders.some((folder) =>
      ["memory.events", "memory.oom_control"].some((file) => /^oom_kill [1-9]/m.test(read(join(folder, file)))),
    );
  }

  /** Kills all that is in it, also what has left its session. */
  kill(): void {
    for (const folder of this.#folders) {
      const most = join(folder, "pids.max");
      if (existsSync(most)) writeFileSync(most, "0"); // none is born while the others die
      for (const pid of read(join(folder, "cgroup.procs")).split("\n").filter(Boolean)) {
        try {
          process.kill(Number(pid), "SIGKILL");
        } catch {
          // it has just ended
        }
      }
    }
  }

  /** Removes it: a moment later, where a process in it has not quite ended. */
  remove(attempts = MOST_REMOVALS): void {
    const left = this.#folders.filter((folder) => !isRemoved(folder));
    if (left.length > 0 && attempts > 1) setTimeout(() => this.remove(attempts - 1), REMOVE_EVERY_MS).unref();
  }
}

/** @param files cgroup.procs of each folder */
export const entrance = (files: readonly string[]): readonly string[] => [
  ...["/bin/sh", "-c", ENTER, "enter"],
  ...files,
  "--",
];

/** Why a program never ran that was to enter a group; undefined where it has entered. */
export const entryFailure = (code: number | null, stderr: string): string | undefined =>
  code === ENTER_FAILED && stderr.startsWith(CANNOT_ENTER)
    ? `this tool ${CANNOT_ENTER} that it has made for it`
    : undefined;

/**
 * The group to make one in: this process's own. In version 2 one with processes has none below it that limits anything,
 * the first of all excepted; there it is the next one above, where nothing is passed over that has a limit.
 */
export function parentFor(controller: Controller, root = "/"): string | undefined {
  for (const { version, folders } of ownGroups(controller, root)) {
    if (version === 1) return folders[0];
    for (const folder of folders) {
      if (read(join(folder, "cgroup.subtree_control")).split(/\s/).includes(controller)) return folder;
      if (hasLimit(folder)) break;
    }
  }
  return undefined;
}

const hasLimit = (folder: string) =>
  ["cpu.max", "pids.max", "memory.max", "memory.high"].some((file) => /^\d/.test(read(join(folder, file))));

/** Where a limit is written: in version 2, and in version 1. */
const FILES = { pids: ["pids.max"], memory: ["memory.max", "memory.limit_in_bytes"] };

function setLimit(folder: string, controller: Controller, most: number): void {
  const file = FILES[controller].find((name) => existsSync(join(folder, name)));
  if (!file) throw new Error(`${folder} has no limit of ${controller}`);
  writeFileSync(join(folder, file), String(most));
  if (controller === "memory") forbidSwap(folder, most);
}

/** Or memory that is over the limit would go to the disk, where this kernel counts that. Version 1 limits the sum. */
function forbidSwap(folder: string, mostBytes: number): void {
  for (const [name, most] of [["memory.swap.max", 0] as const, ["memory.memsw.limit_in_bytes", mostBytes] as const]) {
    const file = join(folder, name);
    if (existsSync(file)) writeFileSync(file, String(most));
  }
}

function isRemoved(folder: string): boolean {
  try {
    if (existsSync(folder)) rmdirSync(folder);
    unguardControlGroup(folder);
    return true;
  } catch {
    return false;
  }
}
