import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Distribution, quantile } from "../src/distribution.ts";
import { schedule } from "../src/schedule.ts";

describe("a schedule", () => {
  test("of uniform arrivals is evenly spaced, and has as many as its rate says", () => {
    expect([...schedule({ rate: 1000, process: "uniform", seed: 1 }, 5)]).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
  });

  test("of Poisson arrivals has exponential gaps", () => {
    const times = schedule({ rate: 10_000, process: "poisson", seed: 3 }, 10_000);
    expect(times.length).toBeGreaterThan(100_000 - 4 * Math.sqrt(100_000));
    expect(times.length).toBeLessThan(100_000 + 4 * Math.sqrt(100_000));
    const gaps = Array.from(times.subarray(1), (time, i) => time - times[i]!);
    const longer = gaps.filter((gap) => gap > 0.1).length / gaps.length;
    expect(longer).toBeCloseTo(Math.exp(-1), 2);
  });

  test("is in order, within the window, and the same for the same seed", () => {
    const arrivals = fc.record({
      rate: fc.integer({ min: 50, max: 20_000 }),
      process: fc.constantFrom("poisson" as const, "uniform" as const),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(arrivals, (arrivals) => {
        const times = schedule(arrivals, 200);
        expect(times.every((time, i) => time >= (times[i - 1] ?? 0) && time < 200)).toBe(true);
        expect(schedule(arrivals, 200)).toEqual(times);
      }),
    );
  });
});

describe("a distribution", () => {
  test.each<[Distribution, number, number]>([
    [64, 0.9, 64],
    [{ uniform: [10, 20] }, 0.25, 12.5],
    [{ exponential: 100 }, 0.5, 100 * Math.LN2],
    [{ lognormal: { median: 80, p99: 1500 } }, 0.5, 80],
    [{ lognormal: { median: 80, p99: 1500 } }, 0.99, 1500],
    [
      {
        choice: [
          [32, 8],
          [512, 2],
        ],
      },
      0.79,
      32,
    ],
    [
      {
        choice: [
          [32, 8],
          [512, 2],
        ],
      },
      0.81,
      512,
    ],
  ])("%j has at %f the value %f", (distribution, p, value) => {
    expect(quantile(distribution, p)).toBeCloseTo(value, 6);
  });

  test("never falls as p grows", () => {
    const p = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    const any = fc.constantFrom<Distribution>(
      { uniform: [1, 9] },
      { exponential: 3 },
      { lognormal: { median: 2, p99: 50 } },
      {
        choice: [
          [1, 1],
          [2, 3],
        ],
      },
    );
    fc.assert(
      fc.property(any, p, p, (distribution, a, b) => {
        const [low, high] = [quantile(distribution, Math.min(a, b)), quantile(distribution, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high * (1 + 1e-12));
      }),
    );
  });
});
