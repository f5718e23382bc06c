import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import type { Model } from "./discovery.ts";
import { projectRoot } from "./root.ts";

/** Whether somebody else has written this server: anything but the packages and benchmarks of this checkout. */
export function isForeign({ folder, isForeign }: Model): boolean {
  if (isForeign !== undefined) return isForeign;
  const own = ["packages", "benchmarks"].map((name) => join(projectRoot(), name) + sep);
  return !own.some((start) => `${realpathSync(folder)}${sep}`.startsWith(start));
}
