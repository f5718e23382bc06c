import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { LoadResult, SyscallsResult } from "@echolab/benchmarks";
import { eventually, projectRoot } from "@echolab/model";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { echolab, forget, readResult, runsOf } from "./echolab.ts";

// Each of these is a whole run, with the check before it.

const SEED = 987_654_322;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "echolab-bench-")); // not before: where all is skipped, nothing is removed
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => forget(SEED));

const bench = (...words: string[]) => ["bench", "--quick", "--seed", String(SEED), ...words];

describe("a run of one's own", { timeout: 300_000 }, () => {
  test("measures a workload from a file, in an open loop if it has a rate", async () => {
    const workload = {
      version: 1,
      title: "Sensors",
      clients: 20,
      bytes: { uniform: [50, 150] },
      rate: 2000,
      window: 100,
    };
    writeFileSync(join(folder, "sensors.json"), JSON.stringify(workload));
    const { code, stdout, stderr } = await echolab(bench("event-loop", "--workload", "sensors.json"), folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("workload · Sensors");
    const [table] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as LoadResult[];
    expect(table!.measure.name).toBe("p99");
    for (const { windows } of table!.rows)
      for (const { rate, repliesInAll, bytes } of windows) {
        expect(rate).toBe(2000);
        expect(bytes).toBeGreaterThanOrEqual(50 * repliesInAll);
        expect(bytes).toBeLessThanOrEqual(150 * repliesInAll);
      }
    const all = table!.rows.flatMap(({ windows }) => windows).reduce((sum, { repliesInAll }) => sum + repliesInAll, 0);
    expect(all).toBeGreaterThan(0);
  });

  test("measures through a worse network, and the network is seen", async () => {
    const far = { version: 1, title: "Far", clients: 5, bytes: 64, network: { latency: 30 }, window: 300 };
    writeFileSync(join(folder, "far.json"), JSON.stringify(far));
    const { code, stderr } = await echolab(bench("event-loop", "--workload", "far.json"), folder);
    expect(code, stderr).toBe(0);
    const [table] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as LoadResult[];
    for (const { summary } of table!.rows) expect(summary!.p50!.milliseconds).toBeGreaterThan(59);
  });

  test("counts what a lossy network does to UDP", async () => {
    const { code, stdout, stderr } = await echolab(bench("udp-event-loop", "--scenario", "lossy-network"), folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/model +msg\/s +lost +duplicates +reordered/);
    const [table] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as LoadResult[];
    const { lost, duplicates, reordered } = table!.rows[0]!.summary!.datagrams!;
    // 1 % each way; what a busy machine makes late is not lost, or comes after all.
    for (const share of [lost, duplicates, reordered]) {
      expect(share).toBeGreaterThan(0.001);
      expect(share).toBeLessThan(0.2);
    }
  });

  test("finds the highest rate within a limit, and one server keeps a looser limit at a rate not much lower", async () => {
    const { code, stdout, stderr } = await echolab(bench("event-loop", "--slo", "p99<50ms", "--clients", "5"), folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("the highest rate of an open loop at which p99 stays below 50 ms");
    const [table] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as LoadResult[];
    for (const { windows } of table!.rows)
      for (const window of windows) {
        expect(window.rate).toBeGreaterThan(0);
        expect(window.unanswered).toBeLessThanOrEqual(0.01 * (window.repliesInAll + window.unanswered));
      }
  });

  test("counts system calls with whatever is there, and says with what", async () => {
    const { code, stdout, stderr } = await echolab(
      bench("sequential", "--scenario", "syscalls", "--clients", "1"),
      folder,
    );
    expect(code, stderr).toBe(0);
    const [result] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as SyscallsResult[];
    expect(result!.prices["send"]).toBeGreaterThan(100); // nanoseconds
    if (result!.tool === null) return expect(stdout).toContain("neither perf nor strace can count here");
    const [{ calls, voluntary, explained, cpuPerMessage }] = result!.rows as [SyscallsResult["rows"][number]];
    // One recv and one send a message, and a sleep at most before each.
    expect(calls["recvfrom"]).toBeGreaterThan(0.9);
    expect(calls["recvfrom"]).toBeLessThan(1.2);
    expect(calls["sendto"]).toBeCloseTo(calls["recvfrom"]!, 1);
    expect(voluntary).toBeLessThan(1.2);
    expect(explained).toBeGreaterThan(0);
    expect(cpuPerMessage).toBeGreaterThan(0);
    expect(stdout).toContain(`counted by ${result!.tool}`);
  });

  test("puts what a thread of Node costs at the least beside a server that starts one for each client", async () => {
    const words = ["thread-per-connection", "benchmarks/bare-start", "--scenario", "churn", "--clients", "1"];
    const { code, stderr } = await echolab(bench(...words), projectRoot());
    expect(code, stderr).toBe(0);
    const [table] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as LoadResult[];
    expect(table!.rows.map(({ model }) => model).sort()).toEqual(["bare-start", "thread-per-connection"]);
    // A Worker's start is milliseconds of CPU anywhere; the loop that answers takes some tens of microseconds.
    for (const { summary } of table!.rows) expect(summary!.cpuPerReply).toBeGreaterThan(5000);
  });

  test("can be told by its seed, and lists and compares what it has left", async () => {
    const scenario = ["--scenario", "round-trip"];
    await echolab(bench("event-loop", ...scenario), folder);
    const first = runsOf(SEED)[0]!;
    expect((await echolab(["report"], folder)).stdout).toContain(`pnpm bench --quick --seed ${SEED} event-loop`);
    expect((await echolab(["report", basename(first)], folder)).stdout).toMatch(
      /report\.html\n.*summary\.md\n.*result\.json/,
    );
    const { code, stdout } = await echolab(["compare", basename(first), first], folder);
    expect(code).toBe(0);
    expect(stdout).toContain("indicative");
    expect(stdout).toMatch(/event-loop .* 1\.00x \[.*\] ~/);
  });
});

describe("who is not ranked, or not here,", { timeout: 180_000 }, () => {
  test("leaves the reference to one that can be compared, when it serves one client at a time", async () => {
    const { stdout } = await echolab(bench("sequential", "busy-wait", "--scenario", "throughput"), folder);
    expect(stdout).toMatch(/^busy-wait .* reference$/m);
    expect(stdout).toMatch(/^sequential .* 1\/20 .*not ranked$/m);
  });

  test("does not make a run fail that this machine only cannot run", async () => {
    const manifest = {
      ...{ version: 1, title: "Foreign", summary: "It needs what is not here.", protocol: "tcp", command: ["x"] },
      ...{ ready: "line", clients: "many", overload: "refuse", idle: "sleeps", isolation: "none" },
      requires: { commands: ["no-such-command"] },
    };
    mkdirSync(join(folder, "foreign"));
    writeFileSync(join(folder, "foreign/model.json"), JSON.stringify(manifest));
    const { code, stdout } = await echolab(bench("./foreign", "event-loop", "--scenario", "crowd"), folder);
    expect(stdout).toContain("skipped: foreign");
    expect(code).toBe(0);
  });
});

describe("a run against another revision", { timeout: 300_000 }, () => {
  test("has its servers beside those of this one, in the same blocks, and leaves no folder behind", async () => {
    const before = temporary();
    const words = bench("event-loop", "--scenario", "round-trip", "--against", "HEAD");
    const { code, stdout, stderr } = await echolab(words, projectRoot());
    expect(code, stderr).toBe(0);
    const [table] = readResult(join(runsOf(SEED)[0]!, "result.json")).scenarios as LoadResult[];
    const compared = table!.rows.map(({ model, role, comparedWith }) => `${model} ${role} ${comparedWith}`);
    expect(compared).toEqual([
      ...["event-loop row event-loop@HEAD", "event-loop@HEAD row null"],
      ...["event-loop A' event-loop", "event-loop A'' event-loop"],
    ]);
    expect(stdout).toMatch(/event-loop@HEAD/);
    expect(await eventually(() => temporary().length === before.length, 30_000)).toBe(true);
  });
});

const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith("echolab-against-"));
