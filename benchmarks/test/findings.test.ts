import { expect, test } from "vitest";
import { findings } from "../src/findings.ts";
import type { IdleResult, LoadResult, LoadRow, LoadSummary } from "../src/result.ts";

const summary = (more: Partial<LoadSummary>): LoadSummary => ({
  ...{ value: 1, effect: null, verdict: null, ranked: true, served: 20, offered: 20, effectiveClients: 20 },
  ...{ cpuPerReply: 10, generatorCpuPerReply: 5, longestWait: 1, p50: 1, p99: 1, limit: "server", ...more },
});
const row = (model: string, more: Partial<LoadSummary>): LoadRow => ({
  ...{ model, role: "row", error: null, windows: [], summary: summary(more) },
});
const load = (scenario: string, rows: LoadRow[]): LoadResult => ({
  ...{ kind: "load", scenario, clients: 20, bytes: 64, resolution: 1.02, valid: true, rows },
});

test("with two servers' data swapped, the sentence names the other one", () => {
  const [slow, fast] = [
    { value: 2, longestWait: 1900 },
    { value: 0.1, longestWait: 3 },
  ];
  const sentence = (a: string, b: string) => findings([load("crowd", [row(a, slow), row(b, fast)])]);
  expect(sentence("one", "two")).toEqual([
    "one takes 20 times as long as two to serve a crowd of 20; the longest wait for one answer is 1.90 s instead of 3 ms.",
  ]);
  expect(sentence("two", "one")[0]).toContain("two takes 20 times as long as one");
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

test("the control is nobody's finding", () => {
  const control: LoadRow = { ...row("two", { value: 50, longestWait: 50_000 }), role: "A'" };
  expect(findings([load("crowd", [row("one", { value: 1 }), control])])).toEqual([]);
});

test("what a server costs at rest is said of the one that costs most", () => {
  const sample = { startTime: 50, memory: 1e7, cpuShare: 0, memoryPerClient: 1000 };
  const rows = [
    { model: "one", error: null, samples: [{ ...sample, cpuShare: 0.99 }] },
    { model: "two", error: null, samples: [{ ...sample, memoryPerClient: 9 * 2 ** 20 }] },
  ];
  const idle: IdleResult = { kind: "idle", scenario: "idle", clients: 10, bytes: 64, rows };
  expect(findings([idle])).toEqual([
    "one uses 99 % of a core while nobody says a word.",
    "two keeps 9 MiB of memory for each idle client.",
  ]);
});
