import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadResult } from "@echolab/benchmarks";
import { eventually } from "@echolab/model";
import { afterEach, describe, expect, test } from "vitest";
import { forget, outcome, readResult, runsOf, start, startedBy } from "./echolab.ts";

const SEED = 987_654_331;
afterEach(() => forget(SEED));

/** The process of this bench in whose command line `word` stands. */
const find = (bench: ReturnType<typeof start>, word: string) =>
  startedBy(bench).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
    } catch {
      return false; // it has just ended
    }
  });

/** Runs two scenarios, and does this to a program of one of them as soon as it is at work. */
async function benchWithout(program: string, signal: NodeJS.Signals, model: string, scenarios: string) {
  const words = ["bench", model, "--scenario", scenarios, "--quick", "--clients", "4", "--seed", String(SEED)];
  const bench = start(words);
  const ended = outcome(bench);
  expect(await eventually(() => find(bench, program) !== undefined, 100_000)).toBe(true);
  process.kill(find(bench, program)!, signal);
  const { code, stdout } = await ended;
  const { scenarios: done } = readResult(join(runsOf(SEED)[0]!, "result.json"));
  return { code, stdout, errors: (done as LoadResult[]).map(({ rows }) => rows.map(({ error }) => error)) };
}

/** One table has this error, and all others have been measured. */
function expectOneBroken(errors: readonly (readonly (string | null)[])[], error: RegExp): void {
  expect(errors.length).toBeGreaterThanOrEqual(2);
  expect(errors.filter((rows) => rows.some((each) => error.test(each ?? "")))).toHaveLength(1);
  expect(errors.filter((rows) => rows.every((each) => each === null))).toHaveLength(errors.length - 1);
}

describe("a bench", { timeout: 240_000 }, () => {
  test.each(["SIGKILL", "SIGSTOP"] as const)(
    "whose load generator gets %s says so of that scenario, and measures the next one",
    async (signal) => {
      const scenarios = "round-trip,throughput";
      const { code, stdout, errors } = await benchWithout("generator.js", signal, "event-loop", scenarios);
      expectOneBroken(errors, /^the load generator ended \(SIGKILL\): not measured$/);
      expect(stdout).toContain("the load generator ended (SIGKILL)");
      expect(code).toBe(1);
    },
  );

  // It may be at work by then, or not be ready yet.
  test.each([
    ["SIGKILL", /^the relay ended \(SIGKILL\): not measured|^relay was ended by SIGKILL/],
    ["SIGSTOP", /^the relay was stopped \(SIGSTOP\): not measured|^relay was not ready/],
  ] as const)("whose relay gets %s says so, and not that the server has lost all", async (signal, error) => {
    const scenarios = "lossy-network,datagrams";
    const { code, errors } = await benchWithout("relay/dist/main.js", signal, "udp-event-loop", scenarios);
    expectOneBroken(errors, error);
    expect(code).toBe(1);
  });
});
