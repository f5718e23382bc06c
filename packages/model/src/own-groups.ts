import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

// Which control groups (cgroups(7)) this process is in.

/** A hierarchy that has the controller. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** The folder of this process's group, and of each one above it, as far as it is mounted. */
  readonly folders: readonly string[];
}

/** @param root where /proc and the mounted folders are looked for: tests bring their own */
export function ownGroups(controller: string, root = "/"): Hierarchy[] {
  // `0::/user.slice` in version 2; `4:cpu,cpuacct:/user.slice` in version 1.
  const paths = [...read(join(root, "proc/self/cgroup")).matchAll(/^\d+:([^:]*):(.*)$/gm)];
  return mounts(controller, read(join(root, "proc/self/mountinfo"))).flatMap(({ version, place, top }) => {
    const own = paths.find(([, names]) => (version === 2 ? names === "" : names!.split(",").includes(controller)))?.[2];
    if (own === undefined) return [];
    const below = own.startsWith(top) ? own.slice(top === "/" ? 0 : top.length) : "/";
    const folders: string[] = [];
    for (let folder = resolve(place, `.${below}`); folder.startsWith(place); folder = dirname(folder))
      folders.push(join(root, folder));
    return [{ version, folders }];
  });
}

interface Mount {
  readonly version: 1 | 2;
  readonly place: string;
  /** The group that is mounted there. */
  readonly top: string;
}

/** The hierarchies that may have this controller (proc(5), mountinfo). */
function mounts(controller: string, mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line): Mount[] => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , top = "", place = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup2") return [{ version: 2, place, top }];
    return type === "cgroup" && options.split(",").includes(controller) ? [{ version: 1, place, top }] : [];
  });
}

/** Empty, where there is no such file. */
export function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // not mounted here, or not this version
  }
}
