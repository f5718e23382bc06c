import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { keeps, searchRate } from "../src/rate-search.ts";
import { newHistogram } from "../src/recorder.ts";
import type { Window } from "../src/sample.ts";

const limit = { name: "p99", milliseconds: 5 } as const;

function window(rate: number, latencies: readonly number[], unanswered = 0): Window {
  const histogram = newHistogram();
  for (const milliseconds of latencies) histogram.recordValue(milliseconds * 1e6);
  return { rate, repliesInAll: latencies.length, unanswered, latency: encodeIntoCompressedBase64(histogram) } as Window;
}

/** Answers in 1 ms up to its capacity, in 50 ms beyond it. */
const server = (capacity: number) => async (rate: number) => window(rate, Array(1000).fill(rate > capacity ? 50 : 1));

test.each([100, 3000, 9900])("finds the rate that a server can keep to 4 %%: %i of 10 000", async (capacity) => {
  const { rate } = await searchRate(limit, 10_000, server(capacity));
  if (capacity < 10_000 / 64)
    expect(rate).toBe(0); // none that was tried
  else {
    expect(rate).toBeLessThanOrEqual(capacity);
    expect(rate).toBeGreaterThan(capacity * 0.96);
  }
});

test("a limit counts those who were not answered as slower than it", () => {
  expect(keeps(limit, window(1, Array(995).fill(1), 5))).toBe(true);
  expect(keeps(limit, window(1, Array(985).fill(1), 15))).toBe(false);
  expect(keeps(limit, window(1, [], 0))).toBe(false);
});
