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

test("too few samples say nothing", () => {
  expect(drifts([sample(0, 1, 1), sample(1, 100, 1)])).toEqual([]);
});
