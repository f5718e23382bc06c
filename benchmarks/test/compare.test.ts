import { describe, expect, test } from "vitest";
import { compare } from "../src/compare.ts";
import type { LoadResult, LoadRow, Result } from "../src/result.ts";
import { trackRecord } from "../src/runs.ts";

const row = (model: string, value: number, more: Partial<LoadRow> = {}) =>
  ({
    model,
    role: "row",
    summary: { ranked: true, value: { value, low: value * 0.98, high: value * 1.02 } },
    ...more,
  }) as LoadRow;
const table = (rows: LoadRow[], more: Partial<LoadResult> = {}) =>
  ({
    ...{ kind: "load", scenario: "throughput", shows: "s", cell: { clients: 50 }, resolution: 1.05, valid: true, rows },
    ...{ measure: { name: "messages/s", unit: "1/s", better: "more" }, ...more },
  }) as LoadResult;
const machine = { processor: "A", processors: 2, memory: 8, kernel: "6", node: "v20" };
const run = (scenarios: LoadResult[], more: object = {}) =>
  ({ version: 2, machine: { ...machine, ...more }, scenarios }) as unknown as Result;

describe("two runs", () => {
  test("are compared table by table, server by server", () => {
    const [comparison] = compare(run([table([row("a", 100), row("b", 100)])]), run([table([row("a", 200)])]), false);
    expect(comparison!.rows).toHaveLength(1);
    expect(comparison!.rows[0]).toMatchObject({ model: "a", before: 100, after: 200, ratio: 2, verdict: "faster" });
  });

  test("are not told apart by less than the two intervals and resolutions allow", () => {
    const verdict = (after: number) =>
      compare(run([table([row("a", 100)])]), run([table([row("a", after)])]), false)[0]!.rows[0]!.verdict;
    expect(verdict(106)).toBe("~");
    expect(verdict(94)).toBe("~");
    expect(verdict(112)).toBe("faster");
    expect(verdict(88)).toBe("slower");
  });

  test("of a time call the shorter one faster", () => {
    const timed = (value: number) =>
      run([table([row("a", value)], { measure: { name: "p99", unit: "ms", better: "less" } })]);
    expect(compare(timed(10), timed(5), false)[0]!.rows[0]).toMatchObject({ ratio: 2, verdict: "faster" });
  });

  test("with nothing in common have no table", () => {
    const other = table([row("a", 1)], { scenario: "churn" });
    expect(compare(run([table([row("a", 1)])]), run([other]), false)).toEqual([]);
  });

  test("of different machines are refused, unless forced", () => {
    const [here, there] = [run([table([row("a", 1)])]), run([table([row("a", 1)])], { kernel: "7" })];
    expect(() => compare(here, there, false)).toThrow("kernel 6 and 7): --force");
    expect(compare(here, there, true)).toHaveLength(1);
    expect(compare(here, run([table([row("a", 1)])], { node: "v22" }), false)).toHaveLength(1);
  });
});

test("a track record counts how often a server was called different from itself", () => {
  const judged = (verdict: string | null, valid = true) =>
    table([{ ...row("a", 1), role: "A''", summary: { effect: {}, verdict } } as unknown as LoadRow], { valid });
  const results = [run([judged("~"), judged("faster")]), run([judged(null, false)]), run([table([row("a", 1)])])];
  expect(trackRecord(results)).toEqual({ judgements: 3, different: 2, runs: 2, invalid: 1 });
});
