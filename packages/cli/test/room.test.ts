import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { command, forget, outcome, plain } from "./echolab.ts";
import { benchWith, mayMount, runs, SEED } from "./mounted.ts";

afterEach(() => forget(SEED));

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
