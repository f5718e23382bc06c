import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { allServedIn, clientsPerSecond, messagesPerSecond, p99 } from "../src/measure.ts";
import { effective, newHistogram } from "../src/recorder.ts";
import type { Window } from "../src/sample.ts";
import { type Measured, summarise } from "../src/summary.ts";

function window(more: Partial<Window>, latencies: readonly number[] = []): Window {
  const histogram = newHistogram();
  for (const milliseconds of latencies) histogram.recordValue(milliseconds * 1e6);
  return {
    ...{ startedAt: 0, elapsed: 200, replies: 1000, repliesInAll: 1000, bytes: 64_000, stay: true },
    ...{ offered: 50, served: 50, everServed: 50, unanswered: 0, censoredFrom: null, shares: [] },
    ...{ longestWait: 3, effectiveClients: 50, generatorCpu: 20, generatorBusy: 0.1, cpu: 190, foreign: 0, steal: 0 },
    ...{
      latency: encodeIntoCompressedBase64(histogram),
      service: null,
      lateness: null,
      rate: null,
      datagrams: null,
      ...more,
    },
  };
}
const measured = (model: string, windows: Window[], role: Measured["role"] = "row"): Measured => ({
  ...{ model, role, comparedWith: model === "a" && role === "row" ? null : "a" },
  ...{ error: null, clients: 50, memory: [], windows },
});
const rates = (values: number[]) => values.map((replies) => window({ replies }));
const empty = encodeIntoCompressedBase64(newHistogram());
const noisy = [1000, 1010, 990, 1005, 995, 1000, 1008, 992];
const only = (windows: Window[], shared = false) =>
  summarise(messagesPerSecond, [measured("a", windows)], shared).rows[0]!.summary!;

describe("a row", () => {
  test("is not ranked, and has no percentile, where a client never got an answer", () => {
    const starving = noisy.map(() => window({ served: 1, everServed: 1 }, Array(2000).fill(1)));
    const { rows } = summarise(messagesPerSecond, [measured("a", rates(noisy)), measured("b", starving)], false);
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
    const anew = { offered: 20, stay: false };
    const windows = [window({ ...anew, everServed: 3 }), window({ ...anew, everServed: 20 })];
    const { rows } = summarise(allServedIn, [measured("a", windows)], false);
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
    expect(many.p50!.milliseconds).toBeCloseTo(1, 2);
    expect(many.p99!.milliseconds).toBeCloseTo(1, 2);
    expect(many.p999).toBeNull();
    expect(only([window({}, Array(980).fill(1)), window({}, Array(20).fill(5))]).p99!.milliseconds).toBeCloseTo(5, 2);
  });

  test("says of a percentile beyond the unanswered that it is at least that", () => {
    const windows = [
      window({ rate: 5000, service: empty, lateness: empty, censoredFrom: 60 }, [
        ...Array(980).fill(1),
        ...Array(20).fill(80),
      ]),
    ];
    expect(only(windows).p50).toMatchObject({ atLeast: false });
    expect(only(windows).p99).toMatchObject({ atLeast: true });
  });

  test("has percentiles in an open loop, also where clients are left out", () => {
    const starving = { rate: 5000, service: empty, lateness: empty, everServed: 1, served: 1, censoredFrom: 60 };
    expect(only([window(starving, [...Array(20).fill(1), ...Array(980).fill(80)])])).toMatchObject({
      ranked: false,
      p50: { atLeast: true },
    });
  });

  test("has the slope of its memory over its clients", () => {
    const memory = [
      { clients: 0, bytes: 1000 },
      { clients: 10, bytes: 3000 },
    ];
    const { rows } = summarise(messagesPerSecond, [{ ...measured("a", rates(noisy)), memory }], false);
    expect(rows[0]!.summary!.memoryPerClient).toBe(200);
    expect(only(rates(noisy)).memoryPerClient).toBeNull();
  });

  test("says what limited it", () => {
    expect(only([window({ cpu: 199, generatorBusy: 0.5 })]).limit).toBe("server");
    expect(only([window({ cpu: 199, generatorBusy: 0.99 })]).limit).toBe("generator");
    expect(only([window({ cpu: 100, generatorBusy: 0.5 })]).limit).toBe("waking");
    expect(only([window({ cpu: 80, generatorBusy: 0.6 })], true).limit).toBe("generator");
    expect(only([window({ cpu: 120, generatorBusy: 0.4 })], true).limit).toBe("server");
    const kept = { rate: 5000, service: empty, lateness: empty };
    expect(only([window({ ...kept, replies: 1000 })]).limit).toBe("schedule");
    expect(only([window({ ...kept, replies: 900, cpu: 100 })]).limit).toBe("waking");
  });
});

describe("a table", () => {
  const control = [measured("a", rates([1003, 1000, 996, 1001, 1000, 1004, 999, 998]), "A'")];

  test("judges a server that is twice as fast, and the reference's third process like any other", () => {
    const fast = measured("b", rates(noisy.map((rate) => 2 * rate)));
    const witness = measured("a", rates([...noisy].reverse()), "A''");
    const { rows, valid } = summarise(
      messagesPerSecond,
      [measured("a", rates(noisy)), fast, ...control, witness],
      false,
    );
    expect(rows.map(({ summary }) => summary!.verdict)).toEqual([null, "faster", null, "~"]);
    expect(rows[1]!.summary!.effect!.ratio).toBeCloseTo(2);
    expect(valid).toBe(true);
  });

  test("has no verdicts when the reference differs from itself by more than noise and 5 %", () => {
    const fast = measured("b", rates(noisy.map((rate) => 2 * rate)));
    const witness = measured("a", rates(noisy.map((rate) => 1.2 * rate)), "A''");
    const { rows, valid } = summarise(
      messagesPerSecond,
      [measured("a", rates(noisy)), fast, ...control, witness],
      false,
    );
    expect(valid).toBe(false);
    expect(rows.every(({ summary }) => summary!.verdict === null)).toBe(true);
  });

  test("compares each row with the one that it is to be compared with", () => {
    const other = { ...measured("b@v1", rates(noisy.map((rate) => 2 * rate))), comparedWith: null };
    const now = { ...measured("b", rates(noisy.map((rate) => 4 * rate))), comparedWith: "b@v1" };
    const { rows } = summarise(messagesPerSecond, [measured("a", rates(noisy)), now, other], false);
    expect(rows[1]!.summary!.effect!.ratio).toBeCloseTo(2);
    expect(rows[2]!.summary!.effect).toBeNull();
  });

  test("does not compare a server that had fewer clients", () => {
    const few = { ...measured("b", rates(noisy)), clients: 10 };
    expect(summarise(messagesPerSecond, [measured("a", rates(noisy)), few], false).rows[1]!.summary!.effect).toBeNull();
  });

  test("of a time calls the shorter one faster", () => {
    const slow = measured(
      "b",
      noisy.map((rate) => window({ elapsed: (2e5 / rate) * 2 })),
    );
    const base = measured(
      "a",
      noisy.map((rate) => window({ elapsed: 2e5 / rate })),
    );
    expect(summarise(allServedIn, [base, slow], false).rows[1]!.summary!.effect!.ratio).toBeCloseTo(0.5);
  });

  test("of an open loop compares the 99th percentiles", () => {
    const open = (latency: number) =>
      noisy.map(() => window({ rate: 5000, service: empty, lateness: empty }, Array(1000).fill(latency)));
    expect(
      summarise(p99, [measured("a", open(1)), measured("b", open(4))], false).rows[1]!.summary!.effect!.ratio,
    ).toBeCloseTo(0.25, 2);
  });

  test("of a churn has Stevens' column: the CPU above the sequential server's", () => {
    const rows = ["sequential", "a"].map((model, i) =>
      measured(model, [window({ cpu: 40 + 10 * i, repliesInAll: 1000 })]),
    );
    expect(summarise(clientsPerSecond, rows, false).rows.map(({ summary }) => summary!.cpuAboveSequential)).toEqual([
      0, 10,
    ]);
    expect(summarise(messagesPerSecond, rows, false).rows[1]!.summary!.cpuAboveSequential).toBeNull();
  });

  test("has no verdicts without a control", () => {
    const { rows, resolution } = summarise(
      messagesPerSecond,
      [measured("a", rates(noisy)), measured("b", rates(noisy))],
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
