import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What control groups (cgroups(7)) leave this process of the processors' time. */
export interface Quota {
  /** Processors, such as 0.5; null where there is no limit. */
  readonly processors: number | null;
  /** How often it has been made to wait for its next share so far. */
  throttled(): number;
}

/** @param root where /proc and the mounted folders are looked for: tests bring their own */
export function cpuQuota(root = "/"): Quota {
  const folders = cpuGroups(read(join(root, "proc/self/cgroup")), read(join(root, "proc/self/mountinfo"))).map(
    (folder) => join(root, folder),
  );
  const limited = folders.filter((folder) => quotaOf(folder) !== null);
  return {
    processors: limited.length === 0 ? null : Math.min(...limited.map((folder) => quotaOf(folder)!)),
    throttled: () => limited.reduce((sum, folder) => sum + throttles(folder), 0),
  };
}

/** The folder of this process's control group that counts processor time, and of each one above it, as far as it is mounted. */
function cpuGroups(cgroup: string, mountinfo: string): string[] {
  // `0::/user.slice` in version 2; `4:cpu,cpuacct:/user.slice` in version 1.
  const paths = [...cgroup.matchAll(/^\d+:([^:]*):(.*)$/gm)].map(([, names, path]) => ({ names: names!, path: path! }));
  return mounts(mountinfo).flatMap(({ place, root, isOurs }) => {
    const own = paths.find(({ names }) => isOurs(names));
    if (!own) return [];
    const below = own.path.startsWith(root) ? own.path.slice(root === "/" ? 0 : root.length) : "/";
    const folders: string[] = [];
    for (let folder = join(place, below); folder.startsWith(place); folder = dirname(folder)) folders.push(folder);
    return folders;
  });
}

/** The hierarchies that may limit processor time (proc(5), mountinfo). */
function mounts(mountinfo: string): { place: string; root: string; isOurs: (names: string) => boolean }[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", place = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup2") return [{ place, root, isOurs: (names: string) => names === "" }];
    if (type !== "cgroup" || !options.split(",").includes("cpu")) return [];
    return [{ place, root, isOurs: (names: string) => names.split(",").includes("cpu") }];
  });
}

/** `50000 100000` of cpu.max, or two files in version 1: microseconds of each period. */
function quotaOf(folder: string): number | null {
  const [quota, period] = read(join(folder, "cpu.max"), "").trim().split(" ").map(Number);
  if (quota && period) return quota / period;
  const [older, of] = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map((file) => Number(read(join(folder, file), "-1")));
  return older! > 0 && of! > 0 ? older! / of! : null;
}

const throttles = (folder: string) => Number(/^nr_throttled (\d+)$/m.exec(read(join(folder, "cpu.stat")))?.[1] ?? 0);

function read(file: string, otherwise = ""): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise; // not mounted here, or not this version
  }
}
