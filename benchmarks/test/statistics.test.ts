import tCdf from "@stdlib/stats-base-dists-t-cdf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effect, holm, judge, median, medianInterval, pairedT, resolution, slope, tTail } from "../src/statistics.ts";

const values = (least: number, most = 40) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: least, maxLength: most });

describe("the interval of a median", () => {
  test.each([
    [5, 0, 4, 0.9375],
    [6, 0, 5, 0.96875],
    [8, 0, 7, 0.9921875],
    [10, 1, 8, 0.978515625],
    [20, 5, 14, 0.9586105346679688],
  ])("of %i values is that of the tables: the order statistics %i and %i", (n, low, high, coverage) => {
    const interval = medianInterval(
      Array.from({ length: n }, (_, i) => i),
      0.95,
    );
    expect(interval).toEqual({ low, high, coverage });
  });

  test("contains the median", () => {
    fc.assert(
      fc.property(values(1), (xs) => {
        const { low, high } = medianInterval(xs, 0.95);
        return low <= median(xs) && median(xs) <= high;
      }),
    );
  });

  test("covers the true median as often as it says", () => {
    const random = xorshift(12345);
    let covered = 0;
    for (let run = 0; run < 4000; run += 1) {
      const { low, high } = medianInterval(
        Array.from({ length: 10 }, () => random() ** 3),
        0.95,
      );
      if (low <= 0.125 && high >= 0.125) covered += 1;
    }
    expect(covered / 4000).toBeGreaterThan(0.9785 - 0.01);
    expect(covered / 4000).toBeLessThan(0.9785 + 0.01);
  });
});

describe("a slope", () => {
  const line = (slant: number, widths: readonly number[]) =>
    [0, ...widths].map((_, i) => {
      const x = widths.slice(0, i).reduce((sum, width) => sum + width, 0);
      return [x, slant * x] as const;
    });
  const lines = fc.tuple(
    fc.integer({ min: -100, max: 100 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 4, maxLength: 8 }),
  );

  test("of a line is the line's, also with one great step in it, wherever it is", () => {
    fc.assert(
      fc.property(lines, fc.nat(), fc.constantFrom(-1e6, 0, 1e6), ([slant, widths], at, step) => {
        const from = at % (widths.length + 1);
        const stepped = line(slant, widths).map(([x, y], i) => [x, i >= from ? y + step : y] as const);
        expect(slope(stepped)).toBeCloseTo(slant, 6);
      }),
    );
  });

  test("counts the steps that come again, as those of a table that doubles", () => {
    const points = [0, 0, 10, 10, 20, 20].map((y, x) => [x, y] as const);
    expect(slope(points)).toBe(4);
  });

  test("leaves nothing out where there are few, and is none of one point", () => {
    const points = [0, 1, 9].map((y, x) => [x, y] as const);
    expect(slope(points)).toBe(4.5);
    expect(slope(points.slice(1, 2))).toBeUndefined();
  });
});

describe("Student's t", () => {
  test("agrees with a maintained statistics package", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 50, noNaN: true }), fc.integer({ min: 1, max: 60 }), (t, freedom) => {
        expect(tTail(t, freedom)).toBeCloseTo(2 * (1 - tCdf(t, freedom)), 8); // the package has as many digits
      }),
    );
  });

  test("has the values that the tables print", () => {
    expect(tTail(2.262157, 9)).toBeCloseTo(0.05, 6);
    expect(tTail(4.780913, 9)).toBeCloseTo(0.001, 6);
  });

  test("sees no difference in one block, or where there is none", () => {
    expect(pairedT([0.5])).toBe(1);
    expect(pairedT([0, 0, 0])).toBe(1);
  });
});

describe("Holm's adjustment", () => {
  test("of a worked example", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  test("never lowers a p-value, never exceeds Bonferroni's, and keeps the order", () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ps, (raw) => {
        const adjusted = holm(raw);
        for (const [i, p] of raw.entries()) {
          expect(adjusted[i]!).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]!).toBeLessThanOrEqual(Math.min(1, p * raw.length) + 1e-12);
          for (const [j, other] of raw.entries()) if (p < other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!);
        }
      }),
    );
  });
});

describe("a judgement", () => {
  const noise = xorshift(7);
  const blocks = (level: number) => Array.from({ length: 10 }, () => level * (1 + (noise() - 0.5) * 0.04));

  test("calls a server that is twice as fast faster, and its reference slower", () => {
    const [a, b] = [blocks(100), blocks(200)];
    expect(judge(effect(b, a), effect(b, a).p, 1.02)).toBe("faster");
    expect(judge(effect(a, b), effect(a, b).p, 1.02)).toBe("slower");
  });

  test("calls a server neither faster nor slower than itself in 500 comparisons but for a few", () => {
    let different = 0;
    for (let run = 0; run < 500; run += 1) {
      const [a, control, b] = [blocks(100), blocks(100), blocks(100)];
      const { p } = effect(b, a);
      if (judge(effect(b, a), p, resolution(effect(control, a))) !== "~") different += 1;
    }
    expect(different).toBeLessThanOrEqual(25);
  });

  test("withholds a verdict on what the run cannot resolve", () => {
    const [a, b] = [blocks(100), blocks(110)];
    expect(judge(effect(b, a), effect(b, a).p, 1.15)).toBe("~");
  });
});

/** Uniform numbers from 0 to 1, the same for the same seed. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
