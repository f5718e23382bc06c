import { spawn } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { command, forget, type Outcome, outcome, plain, readResult, runsOf } from "./echolab.ts";

const isRoot = process.getuid?.() === 0;

const SEED = 987_654_342;
afterEach(() => forget(SEED));

/** `pnpm bench --quick` in a shell that has done `first`. */
function benchAfter(first: string, words: readonly string[], under: readonly string[] = []): Promise<Outcome> {
  const bench = command(["bench", "--quick", "--seed", String(SEED), ...words]);
  const [program, ...rest] = [...under, "/bin/sh", "-c", `set -e; ${first}\nexec "$@"`, "sh", ...bench];
  return outcome(spawn(program!, rest, { env: plain }));
}

/** In a network namespace with so few local ports, which the run itself cannot leave for one of its own. */
const withPorts = (range: string, words: readonly string[]) =>
  benchAfter(`ip link set lo up; echo "${range}" >/proc/sys/net/ipv4/ip_local_port_range`, words, [
    "unshare",
    "--net",
    "setpriv",
    "--bounding-set=-sys_admin",
  ]);

describe("what this machine does not allow the load generator", { timeout: 300_000 }, () => {
  test("clients that were asked for, and that it has no descriptors for, are wrong usage", async () => {
    const { code, stderr } = await benchAfter("ulimit -n 256", ["event-loop", "--clients", "300"]);
    expect(stderr).toBe("error: 300 clients asked, 56 possible: ulimit -n 256\n");
    expect(code).toBe(2);
  });

  test("a table with fewer clients than it is about says so", async () => {
    const words = ["event-loop", "--scenario", "throughput"];
    const { code, stdout } = await benchAfter("ulimit -n 210", words);
    expect(stdout).toContain("20 clients asked, 10 possible: ulimit -n 210");
    expect(stdout).toMatch(/^event-loop .* 10\/10 /m);
    expect(code).toBe(0);
  });

  test("a rate that the local ports bound says so, and where they were used up the exit code is 1", async ({
    skip,
  }) => {
    skip(!isRoot, "only root can make a network namespace");
    const { code, stdout } = await withPorts("40000 40060", ["event-loop", "--scenario", "churn"]);
    const isUsedUp = /^event-loop +the load generator has used up all 61 local ports$/m.test(stdout);
    if (!isUsedUp) expect(stdout).toContain("≥ bounded by this machine's 61 local ports.");
    expect(code).toBe(isUsedUp ? 1 : 0);
  });

  test("a process that may make a network namespace and not set it up goes on without one", async ({ skip }) => {
    skip(!isRoot, "only root can make a network namespace");
    const words = ["event-loop", "--scenario", "round-trip"];
    const without = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];
    const { code, stdout } = await benchAfter("true", words, without);
    expect(stdout.replace(/\s+/g, " ")).toContain("in the machine's own network");
    expect(code).toBe(0);
    expect(readResult(`${runsOf(SEED)[0]!}/result.json`).machine.ownNetwork).toBe(false);
  });
});
