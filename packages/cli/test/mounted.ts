import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "@echolab/model";
import { command, type Outcome, outcome, plain } from "./echolab.ts";

export const SEED = 987_654_341;
export const runs = join(projectRoot(), "runs");

/** A mount namespace of its own, which root may have, and elsewhere a user who may map itself to root. */
const own = ["--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
export const mayMount = can("unshare", [...own, "mount", "-t", "tmpfs", "none", "/mnt"]);

function can(program: string, words: readonly string[]): boolean {
  try {
    execFileSync(program, words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** `pnpm bench` after `script`, which mounts something on `$RUNS` that no other process sees. */
export function benchWith(script: string, ...words: string[]): Promise<Outcome> {
  const bench = command(["bench", "--quick", "--seed", String(SEED), ...words]);
  const env = { ...plain, RUNS: runs };
  const shell = ["/bin/sh", "-c", `set -e; mkdir -p "$RUNS"; ${script}\nexec "$@"`, "sh"];
  return outcome(spawn("unshare", [...own, ...shell, ...bench], { env }));
}
