import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManifestError } from "@echolab/model";

/** Where a control group says how much memory it may have: in version 1, and in version 2 (cgroups(7)). */
const VERSIONS = [
  { parent: "/sys/fs/cgroup/memory", file: "memory.limit_in_bytes" },
  { parent: "/sys/fs/cgroup", file: "memory.max" },
];

/**
 * The words before a command that run it, and all that it starts, with this much memory together. The group goes when
 * this tool ends. @throws ManifestError where no such group can be made
 */
export function memoryGroup(bytes: number): readonly string[] {
  for (const { parent, file } of VERSIONS) {
    const group = join(parent, `echolab-memory-${process.pid}`);
    try {
      if (file === "memory.max" && !hasMemory(parent)) continue;
      mkdirSync(group);
      process.once("exit", () => rmdirSync(group)); // all that was in it has ended
      writeFileSync(join(group, file), String(bytes));
      return ["/bin/sh", "-c", 'echo $$ > "$0"; exec "$@"', join(group, "cgroup.procs")];
    } catch {
      // this version is not mounted, or not ours to write
    }
  }
  throw new ManifestError("--memory needs a control group for memory, and none can be made here: try it as root");
}

const hasMemory = (parent: string) =>
  existsSync(join(parent, "cgroup.subtree_control")) &&
  readFileSync(join(parent, "cgroup.subtree_control"), "utf8").includes("memory");
