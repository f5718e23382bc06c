import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@echolab/model";
import { afterEach, describe, expect, test } from "vitest";
import {
  closedTerminal,
  forget,
  hasRecorded,
  left,
  outcome,
  readResult,
  runsOf,
  start,
  startedBy,
  startOnTerminal,
} from "./echolab.ts";

const SEED = 987_654_323;
afterEach(() => forget(SEED));

const words = [
  "bench",
  "--quick",
  "--seed",
  String(SEED),
  "event-loop",
  "process-per-connection",
  "--scenario",
  "round-trip,throughput",
];

const againstFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("echolab-against-"));

describe("a run that is cut short", { timeout: 180_000 }, () => {
  test.each(["SIGTERM", "SIGHUP"] as const)(
    "by %s keeps its finished blocks, and leaves nothing running",
    async (signal) => {
      const command = start(words);
      const ended = outcome(command);
      expect(await eventually(() => hasRecorded(SEED), 120_000)).toBe(true);
      const started = startedBy(command);
      command.kill(signal);
      const { code, stdout } = await ended;
      expect(code).toBe(130);
      expect(stdout).toContain("interrupted: only finished blocks are shown");
      expect(await eventually(() => left(started).length === 0, 10_000), "left running").toBe(true);
    },
  );

  test("before anything is measured ends at once, and leaves nothing running", async () => {
    const command = start(words);
    const ended = outcome(command);
    expect(await eventually(() => startedBy(command).length >= 3, 10_000)).toBe(true);
    const started = startedBy(command);
    const before = performance.now();
    command.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(await eventually(() => left(started).length === 0, 10_000)).toBe(true);
  });

  test("by Ctrl-C on a terminal ends in the same way, and shows its progress until then", async () => {
    // script(1) of util-linux gives it a pseudo-terminal.
    const command = startOnTerminal(words);
    const ended = outcome(command);
    expect(await eventually(() => hasRecorded(SEED), 120_000)).toBe(true);
    const started = startedBy(command);
    command.stdin.write("\x03");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/round-trip · block 1\/5 · .*about \d:\d\d left/);
    expect(stdout).toContain("interrupted: only finished blocks are shown");
    expect(readResult(join(runsOf(SEED)[0]!, "result.json")).partial).toBe(true);
    expect(await eventually(() => left(started).length === 0, 10_000), "left running").toBe(true);
  });

  test("while --against builds ends at once, and leaves no folder and nothing running", async () => {
    const before = againstFolders();
    const command = start([...words, "--against", "HEAD"]);
    const ended = outcome(command);
    const made = () => againstFolders().filter((folder) => !before.includes(folder));
    expect(await eventually(() => made().length > 0, 30_000)).toBe(true);
    const [folder] = made();
    const started = startedBy(command);
    command.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(await eventually(() => left(started).length === 0, 10_000), "still runs").toBe(true);
    expect(await eventually(() => !againstFolders().includes(folder!), 10_000), "still there").toBe(true);
    expect(runsOf(SEED)).toEqual([]);
  });

  test("by a terminal that is closed keeps its finished blocks, and ends by itself", async () => {
    expect(await closedTerminal("block 3", words)).toBe("exit 130");
    expect(readResult(join(runsOf(SEED)[0]!, "result.json")).partial).toBe(true);
  });

  test("by SIGKILL leaves nothing running after 1 s, and no stopped server", async () => {
    const command = start(words);
    const ended = outcome(command);
    expect(await eventually(() => hasRecorded(SEED), 120_000)).toBe(true);
    const started = startedBy(command);
    command.kill("SIGKILL");
    await ended;
    expect(await eventually(() => left(started).length === 0, 10_000), "left running").toBe(true);
  });
});
