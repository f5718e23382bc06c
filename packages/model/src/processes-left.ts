import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ownGroups } from "./own-groups.ts";

/** How many processes and threads may still be started here, and by what they are limited. */
export function processesLeft(): { room: number; words: string } {
  const limits = [userLimit(), ...groupLimits()];
  const { room, most, how } = limits.reduce((least, each) => (each.room < least.room ? each : least));
  return {
    room,
    words: `this machine allows ${most} processes and threads (${how}), and ${Math.max(0, room)} are left`,
  };
}

/** So few are left only where a server could not start what it needs. */
const NEARLY_NONE = 4;

/** Says in words that almost no process can be started here; undefined while there is room. */
export function noProcessLeft(): string | undefined {
  const { room, words } = processesLeft();
  return room <= NEARLY_NONE ? words : undefined;
}

const NONE = { room: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY, how: "no limit" };

/** RLIMIT_NPROC (getrlimit(2)) counts all that the user runs; root is not bound by it. */
function userLimit(): typeof NONE {
  const [, most] = /^Max processes\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
  const uid = process.getuid!();
  if (most === "unlimited" || uid === 0) return NONE;
  const tasks = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const running = tasks.reduce((sum, pid) => sum + (tasksOf(pid, uid) ?? 0), 0);
  return { room: Number(most) - running, most: Number(most), how: "ulimit -u" };
}

function tasksOf(pid: string, uid: number): number | undefined {
  return ifThere(() => (statSync(`/proc/${pid}`).uid === uid ? readdirSync(`/proc/${pid}/task`).length : 0));
}

/** pids.max of this process's control group, and of those above it, in version 1 or 2 of them (cgroups(7)). */
function groupLimits(): (typeof NONE)[] {
  return ownGroups("pids")
    .flatMap(({ folders }) => folders)
    .flatMap((folder) => {
      const value = (file: string) => ifThere(() => readFileSync(join(folder, file), "utf8").trim());
      const [most, now] = [value("pids.max"), value("pids.current")];
      if (!most || !now || most === "max") return [];
      return [{ room: Number(most) - Number(now), most: Number(most), how: "pids.max" }];
    });
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined; // it has just ended, or this kernel has none
  }
}
