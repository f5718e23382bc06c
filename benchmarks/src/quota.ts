import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownGroups } from "@echolab/model";

/** What control groups (cgroups(7)) leave this process of the processors' time. */
export interface Quota {
  /** Processors, such as 0.5; null where there is no limit. */
  readonly processors: number | null;
  /** How often it has been made to wait for its next share so far. */
  throttled(): number;
}

/** @param root where /proc and the mounted folders are looked for: tests bring their own */
export function cpuQuota(root = "/"): Quota {
  const folders = ownGroups("cpu", root).flatMap((hierarchy) => hierarchy.folders);
  const limited = folders.filter((folder) => quotaOf(folder) !== null);
  return {
    processors: limited.length === 0 ? null : Math.min(...limited.map((folder) => quotaOf(folder)!)),
    throttled: () => limited.reduce((sum, folder) => sum + throttles(folder), 0),
  };
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
