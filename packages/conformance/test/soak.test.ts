import fc from "fast-check";
import { expect, test } from "vitest";
import { drifts, type SoakSample } from "../src/soak.ts";

const sample = (at: number, descriptors: number, memory: number): SoakSample => ({
  at,
  descriptors,
  memory,
  latency: 1,
});
const growing = (samples: SoakSample[]) =>
  drifts(samples)
    .filter(({ grows }) => grows)
    .map(({ what }) => what);

test("what stays between two bounds does not grow", () => {
  const noisy = fc.array(fc.tuple(fc.integer({ min: 100, max: 108 }), fc.integer({ min: 50, max: 54 })), {
    minLength: 9,
  });
  fc.assert(
    fc.property(noisy, (values) => {
      expect(growing(values.map(([descriptors, mib], i) => sample(i, descriptors, mib * 2 ** 20)))).toEqual([]);
    }),
  );
});

test("a descriptor lost a second, or a MiB a second, is growth within two minutes", () => {
  const seconds = Array.from({ length: 120 }, (_, i) => i);
  expect(growing(seconds.map((i) => sample(i, 20 + i, 50 * 2 ** 20)))).toEqual(["descriptors"]);
  expect(growing(seconds.map((i) => sample(i, 20, (50 + i) * 2 ** 20)))).toEqual(["memory"]);
});

test("a third without a sample is not zero: it says nothing, and so is no growth", () => {
  const nothing = (samples: SoakSample[]) =>
    drifts(samples)
      .filter(({ first, last }) => first === null || last === null)
      .map(({ what, grows }) => [what, grows]);
  const all = [
    ["descriptors", false],
    ["memory", false],
    ["latency", false],
  ];
  expect(nothing([])).toEqual(all);
  expect(nothing([sample(0, 1, 1), sample(1, 100, 1)])).toEqual(all);
  const silent = (seconds: readonly number[]) =>
    [0, 1, 2].map((at) => ({ ...sample(at, 20, 1), latency: seconds.includes(at) ? 900 : null }));
  expect(nothing(silent([]))).toEqual([["latency", false]]);
  expect(nothing(silent([2]))).toEqual([["latency", false]]);
  expect(nothing(silent([0]))).toEqual([["latency", false]]);
  expect(nothing(silent([0, 2]))).toEqual([]);
});
