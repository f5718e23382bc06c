import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "@echolab/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { command, forget, type Outcome, outcome, plain } from "./echolab.ts";

const SEED = 987_654_341;
const runs = join(projectRoot(), "runs");
afterEach(() => forget(SEED));

/** A mount namespace of its own, which root may have, and elsewhere whoever may map itself to root. */
const own = ["--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
const mayMount = can("unshare", [...own, "mount", "-t", "tmpfs", "none", "/mnt"]);
const isFull = process.env["CONFORMANCE"] === "full";

function can(program: string, words: readonly string[]): boolean {
  try {
    execFileSync(program, words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** `pnpm bench` after `script`, which mounts something on `$RUNS` that no other process sees. */
function benchWith(script: string, ...words: string[]): Promise<Outcome> {
  const bench = command(["bench", "--quick", "--seed", String(SEED), ...words]);
  const env = { ...plain, RUNS: runs };
  const shell = ["/bin/sh", "-c", `set -e; mkdir -p "$RUNS"; ${script}\nexec "$@"`, "sh"];
  return outcome(spawn("unshare", [...own, ...shell, ...bench], { env }));
}

// Mounting takes root, or user namespaces.
describe("a checkout whose runs cannot be kept", { timeout: 300_000 }, () => {
  beforeEach(({ skip }) => skip(!mayMount, "no mount namespace here"));
  test.each([
    ["read-only", 'mount --bind "$RUNS" "$RUNS"; mount -o remount,bind,ro "$RUNS"', "is on a read-only file system"],
    ["full", 'mount -t tmpfs -o size=1m none "$RUNS"', "KiB are free in"],
    ["without an inode left", 'mount -t tmpfs -o size=1g,nr_inodes=2 none "$RUNS"', "is on a full disk"],
  ])("%s is said before anything is done, with the path and what to do", async (_, script, why) => {
    const { code, stdout, stderr } = await benchWith(script, "event-loop");
    expect(stderr).toMatch(/^error: results cannot be kept: .*\n$/);
    expect(stderr).toContain(runs);
    expect(stderr).toContain(why);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  // A run of half a minute: it belongs to `pnpm conformance`.
  test("because the disk fills up in the middle shows its tables all the same", async ({ skip }) => {
    skip(!isFull, "takes seconds: it runs by pnpm conformance");
    const fill =
      'while [ -z "$(ls "$RUNS")" ]; do sleep 0.1; done; dd if=/dev/zero of="$RUNS/large" bs=64k 2>/dev/null';
    const words = ["event-loop", "--scenario", "round-trip,crowd"];
    const { code, stdout, stderr } = await benchWith(
      `mount -t tmpfs -o size=9m none "$RUNS"; (sleep 5; ${fill}; find "$RUNS" -name "*.new") &`,
      ...words,
    );
    expect(stdout).toMatch(/^event-loop .*reference/m);
    expect(stdout).toContain("crowd ·");
    expect(stdout).not.toContain(".new");
    expect(stderr).toMatch(/^error: .*is on a full disk: remove old runs, or make room \(ENOSPC\)$/m);
    expect(code).toBe(1);
  });
});

test("root's checkout as another user is said before anything is done", { timeout: 180_000 }, async ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can become another user");
  // It may read the checkout, also where that is in a folder of root's own.
  const reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  const user = ["--reuid=65534", "--regid=65534", "--clear-groups", ...reads];
  const { code, stdout, stderr } = await outcome(
    spawn("setpriv", [...user, ...command(["bench", "event-loop", "--quick"])], { env: plain }),
  );
  expect(stderr).toMatch(/^error: results cannot be kept: .*runs is another user's: .* \(EACCES\)\n$/);
  expect(stdout).toBe("");
  expect(code).toBe(1);
});
