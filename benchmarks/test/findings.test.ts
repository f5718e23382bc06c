import { describe, expect, test } from "vitest";
import { cell } from "../src/cell.ts";
import { findings } from "../src/findings.ts";
import { messagesPerSecond } from "../src/measure.ts";
import type { IdleResult, LoadResult, LoadRow, LoadSummary, SyscallsResult } from "../src/result.ts";
import type { Cell } from "../src/sample.ts";

type Numbers = Partial<Omit<LoadSummary, "value" | "p50" | "p99">> & {
  value?: number;
  p50?: number | null;
  p99?: number | null;
  low?: number;
  high?: number;
  coverage?: number;
};

const percentile = (milliseconds: number | null) => (milliseconds === null ? null : { milliseconds, atLeast: false });
const summary = ({
  value = 1,
  low = value,
  high = value,
  coverage = 1,
  p50 = 1,
  p99 = 1,
  ...more
}: Numbers): LoadSummary => ({
  ...{ value: { value, low, high, coverage }, effect: null, verdict: null, ranked: true },
  ...{ served: 20, offered: 20, effectiveClients: 20, cpuPerReply: 10, cpuAboveSequential: null },
  ...{ generatorCpuPerReply: 5, rate: value, offeredRate: null, longestWait: 1, serviceP99: null, latenessP99: null },
  ...{ p50: percentile(p50), p90: null, p99: percentile(p99), p999: null, memoryPerClient: null, limit: "server" },
  ...{ datagrams: null, ceiling: 200_000 },
  ...more,
});
const row = (model: string, more: Numbers): LoadRow => ({
  ...{ model, role: "row", comparedWith: "reference", error: null, clients: 20, memory: [], windows: [] },
  summary: summary(more),
});
const load = (scenario: string, rows: LoadRow[], where: Partial<Cell> = {}): LoadResult => ({
  ...{ kind: "load", scenario, shows: "", punishes: "", cell: cell(20, where), measure: messagesPerSecond },
  ...{ resolution: 1.02, valid: true, repeated: 0, rows },
});
const effect = (ratio: number) => ({ ratio, low: ratio * 0.95, high: ratio * 1.05, coverage: 0.95, p: 0, blocks: 10 });

describe("with two servers' data swapped, the sentence names the other one", () => {
  const [slow, fast] = ["slow", "fast"];
  const both = (sentence: (a: string, b: string) => string[]) => {
    expect(sentence(slow, fast)).toHaveLength(1);
    expect(sentence(fast, slow)[0]).not.toBe(sentence(slow, fast)[0]);
    return sentence(slow, fast)[0];
  };

  test("of a crowd that waits", () => {
    const crowd = (a: string, b: string) =>
      findings([load("crowd", [row(a, { value: 2000, longestWait: 1900 }), row(b, { value: 100, longestWait: 3 })])]);
    expect(both(crowd)).toBe(
      "slow takes 20 times as long as fast to serve a crowd of 20; the longest wait for one answer is 1.90 s instead of 3 ms.",
    );
    expect(crowd(fast, slow)[0]).toContain("fast takes 20 times as long as slow");
  });

  test("of newcomers", () => {
    const churn = (a: string, b: string) =>
      findings([
        load("churn", [row(a, { value: 20, cpuPerReply: 40_000 }), row(b, { value: 10_000, cpuPerReply: 50 })]),
      ]);
    expect(both(churn)).toBe(
      "Where clients come for one message, fast serves 500 times as many as slow: each costs 50 µs of CPU instead of 40 ms.",
    );
  });

  test("of a tail", () => {
    const open = (a: string, b: string) =>
      findings([
        load("open-loop", [row(a, { p99: 40, offeredRate: 10_000 }), row(b, { p99: 0.2, offeredRate: 10_000 })], {
          rate: { perSecond: 10_000 },
        }),
      ]);
    expect(both(open)).toContain("99 % are back within 200 µs from fast, within 40 ms from slow.");
  });

  test("of growth", () => {
    const many = (model: string, cpuPerReply: number): LoadRow => ({ ...row(model, { cpuPerReply }), clients: 1000 });
    const scaling = (a: string, b: string) =>
      findings([
        load("scaling", [row(a, {}), row(b, {})], { clients: 10 }),
        load("scaling", [many(a, 300), many(b, 11)], { clients: 1000 }),
      ]);
    expect(both(scaling)).toBe(
      "With 1 000 clients instead of 10, and the same few talking, a message costs slow 30 times as much CPU, and fast 1.1 times.",
    );
  });

  test("of one that wins with a processor of its own, and loses when it shares one", () => {
    const on = (topology: Cell["topology"], a: string, ratio: number, b: string) =>
      load("round-trip", [row(a, { effect: effect(ratio) }), row(b, { effect: effect(1) })], { topology });
    const flip = (a: string, b: string) => findings([on("split", a, 1.6, b), on("shared", a, 0.2, b)]);
    expect(both(flip)).toBe(
      "slow is 1.6 times as fast as reference with a processor of its own, and 0.2 times as fast when it shares one with its clients (round-trip).",
    );
    expect(findings([on("split", slow, 1.6, fast), on("shared", slow, 1.2, fast)])).toEqual([]);
  });

  test("of what a message's system calls explain", () => {
    const calls = (a: string, b: string): SyscallsResult => ({
      ...{ kind: "syscalls", scenario: "syscalls", shows: "", punishes: "", cell: cell(50), tool: "perf", prices: {} },
      rows: [a, b].map((model, i) => ({
        ...{ model, error: null, calls: {}, voluntary: 0, involuntary: 0, cpuPerMessage: 10, explained: 4 + 5 * i },
      })),
    });
    expect(both((a, b) => findings([calls(a, b)]))).toContain(
      "explain 90 % of the CPU that a message costs fast, and 40 %",
    );
  });
});

test("a factor of few blocks is about one, and nothing is said of what may be the same", () => {
  const crowd = (more: Numbers) =>
    findings([load("crowd", [row("a", { value: 300, ...more }), row("b", { value: 100 })])]);
  expect(crowd({ coverage: 0.75 })[0]).toContain("a takes about 3 times as long as b");
  expect(crowd({ low: 90 })).toEqual([]);
});

test("nothing is said where nothing is found", () => {
  expect(findings([load("crowd", [row("one", { value: 1 }), row("two", { value: 1.1 })])])).toEqual([]);
  expect(findings([])).toEqual([]);
});

test("who leaves clients out is named, and is in no other comparison", () => {
  const left = { ranked: false, served: 1, offered: 50, value: 9e9, p50: null, p99: null };
  expect(findings([load("throughput", [row("one", left), row("two", {})])])).toEqual([
    "one serves 1 of 50 clients at 9 000 000 000 messages/s and leaves the others without any answer: it is not ranked.",
  ]);
});

test("who is the cheapest for one client, and leaves clients out, is said to be both", () => {
  const left = { ranked: false, served: 1, offered: 50, value: 9000, p50: null, p99: null };
  const alone = load("round-trip", [row("one", { cpuPerReply: 5 }), row("two", { cpuPerReply: 9 })]);
  expect(findings([alone, load("throughput", [row("one", left), row("two", {})])])[0]).toMatch(
    /^With one client nobody needs less CPU per message than one; but it serves 1 of 50/,
  );
});

test("who is stopped by clients that do harm is named", () => {
  const stopped = row("one", { ranked: false, served: 0, offered: 10 });
  expect(findings([load("slow-client", [stopped, row("two", {})])])[0]).toContain("stop one (0 of 10 served)");
});

test("the control is nobody's finding", () => {
  const control: LoadRow = { ...row("two", { value: 50, longestWait: 50_000 }), role: "A'" };
  expect(findings([load("crowd", [row("one", { value: 1 }), control])])).toEqual([]);
});

test("what a server costs at rest is said of the one that costs most", () => {
  const memory = [
    { clients: 0, bytes: 1e7 },
    { clients: 10, bytes: 1.1e7 },
  ];
  const sample = { startTime: 50, memory, cpuShare: 0, memoryPerClient: 1000 };
  const rows = [
    { model: "one", error: null, samples: [{ ...sample, cpuShare: 0.99 }] },
    { model: "two", error: null, samples: [{ ...sample, memoryPerClient: 9 * 2 ** 20 }] },
    { model: "pool", error: null, samples: [{ ...sample, memory: [{ clients: 8, bytes: 1e7 }], memoryPerClient: 0 }] },
    {
      model: "one client",
      error: null,
      samples: [{ ...sample, memory: [{ clients: 1, bytes: 1e7 }], memoryPerClient: null }],
    },
  ];
  const idle: IdleResult = { kind: "idle", scenario: "idle", shows: "", punishes: "", cell: cell(0), rows };
  expect(findings([idle])).toEqual([
    "one uses 99 % of a core while nobody says a word.",
    "two keeps 9 MiB of memory for each idle client; one keeps 1000 B.",
  ]);
  expect(findings([{ ...idle, rows: rows.slice(1) }])).toEqual(["two keeps 9 MiB of memory for each idle client."]);
});
