import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import type { Window } from "../src/contestant.ts";
import { effective, newHistogram } from "../src/recorder.ts";
import { crowd } from "../src/scenarios/crowd.ts";
import { roundTrip } from "../src/scenarios/round-trip.ts";
import { throughput } from "../src/scenarios/throughput.ts";
import { type Measured, summarise } from "../src/summary.ts";

function window(more: Partial<Window>, latencies: readonly number[] = []): Window {
  const histogram = newHistogram();
  for (const milliseconds of latencies) histogram.recordValue(milliseconds * 1e6);
  return {
    ...{ elapsed: 200, replies: 1000, repliesInAll: 1000, offered: 50, served: 50, everServed: 50, unanswered: 0 },
    ...{ longestWait: 3, effectiveClients: 50, generatorCpu: 20, generatorBusy: 0.1, cpu: 190 },
    ...{ latency: encodeIntoCompressedBase64(histogram), ...more },
  };
}
const measured = (model: string, windows: Window[], role: Measured["role"] = "row"): Measured => ({
  ...{ model, role, error: null, windows },
});
const rates = (values: number[]) => values.map((replies) => window({ replies }));
const noisy = [1000, 1010, 990, 1005, 995, 1000, 1008, 992];
const only = (windows: Window[], shared = false) =>
  summarise(throughput, [measured("a", windows)], "a", shared).rows[0]!.summary!;

describe("a row", () => {
  test("is not ranked, and has no percentile, where a client never got an answer", () => {
    const starving = noisy.map(() => window({ served: 1, everServed: 1 }, Array(2000).fill(1)));
    const { rows } = summarise(throughput, [measured("a", rates(noisy)), measured("b", starving)], "a", false);
    expect(rows[1]!.summary).toMatchObject({
      ranked: false,
      effect: null,
      verdict: null,
      p50: null,
      limit: "starvation",
    });
  });

  test("is ranked where every client got an answer in one window or another", () => {
    expect(only([window({ served: 49, everServed: 49 }), window({ served: 49, everServed: 50 })]).ranked).toBe(true);
  });

  test("is not ranked where clients come anew, and some of any window's got no answer", () => {
    const windows = [window({ offered: 20, everServed: 3 }), window({ offered: 20, everServed: 20 })];
    const { rows } = summarise(crowd, [measured("a", windows)], "a", false);
    expect(rows[0]!.summary).toMatchObject({ ranked: false, served: 3, offered: 20 });
  });

  test("has the CPU time of all windows, divided by all answers", () => {
    expect(only([window({ cpu: 10, repliesInAll: 1000 }), window({ cpu: 30, repliesInAll: 3000 })]).cpuPerReply).toBe(
      10,
    );
    expect(only([window({ repliesInAll: 0, everServed: 0 })]).cpuPerReply).toBeNull();
  });

  test("has percentiles of the merged histograms, and none from too few answers", () => {
    const few = only([window({}, Array(19).fill(1))]);
    expect(few.p50).toBeNull();
    const many = only([window({}, Array(990).fill(1)), window({}, Array(10).fill(5))]);
    expect(many.p50).toBeCloseTo(1, 2);
    expect(many.p99).toBeCloseTo(1, 2);
    expect(only([window({}, Array(980).fill(1)), window({}, Array(20).fill(5))]).p99).toBeCloseTo(5, 2);
  });

  test("says what limited it", () => {
    expect(only([window({ cpu: 199, generatorBusy: 0.5 })]).limit).toBe("server");
    expect(only([window({ cpu: 199, generatorBusy: 0.99 })]).limit).toBe("generator");
    expect(only([window({ cpu: 100, generatorBusy: 0.5 })]).limit).toBe("waking");
    expect(only([window({ cpu: 80, generatorBusy: 0.6 })], true).limit).toBe("generator");
    expect(only([window({ cpu: 120, generatorBusy: 0.4 })], true).limit).toBe("server");
  });
});

describe("a table", () => {
  const control = [measured("a", rates([1003, 1000, 996, 1001, 1000, 1004, 999, 998]), "A'")];

  test("judges a server that is twice as fast, and the reference's third process like any other", () => {
    const fast = measured("b", rates(noisy.map((rate) => 2 * rate)));
    const witness = measured("a", rates([...noisy].reverse()), "A''");
    const { rows, valid } = summarise(roundTrip, [measured("a", rates(noisy)), fast, ...control, witness], "a", false);
    expect(rows.map(({ summary }) => summary!.verdict)).toEqual([null, "faster", null, "~"]);
    expect(rows[1]!.summary!.effect!.ratio).toBeCloseTo(2);
    expect(valid).toBe(true);
  });

  test("has no verdicts when the reference differs from itself by more than noise and 5 %", () => {
    const fast = measured("b", rates(noisy.map((rate) => 2 * rate)));
    const witness = measured("a", rates(noisy.map((rate) => 1.2 * rate)), "A''");
    const { rows, valid } = summarise(roundTrip, [measured("a", rates(noisy)), fast, ...control, witness], "a", false);
    expect(valid).toBe(false);
    expect(rows.every(({ summary }) => summary!.verdict === null)).toBe(true);
  });

  test("has no verdicts without a control", () => {
    const { rows, resolution } = summarise(
      roundTrip,
      [measured("a", rates(noisy)), measured("b", rates(noisy))],
      "a",
      false,
    );
    expect(resolution).toBeNull();
    expect(rows[1]!.summary!.verdict).toBeNull();
  });
});

test("effective clients are all of them where all get the same, and one where one gets everything", () => {
  expect(effective([7, 7, 7, 7])).toBe(4);
  expect(effective([7, 0, 0, 0])).toBe(1);
  expect(effective([0, 0])).toBe(0);
});
