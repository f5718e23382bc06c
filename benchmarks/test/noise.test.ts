import { expect, test } from "vitest";
import { isNoisy, noise, processorTicks } from "../src/noise.ts";

const stat = `cpu  40 0 40 900 0 0 10 30 0 0
cpu0 10 1 20 300 5 2 7 9 0 0
cpu1 30 0 20 600 0 0 3 21 0 0
intr 1
`;

test("the time of the run's processors, and no other's, is counted", () => {
  expect(processorTicks(new Set([0]), stat)).toEqual({ busy: 40, steal: 9 });
  expect(processorTicks(new Set([0, 1]), stat)).toEqual({ busy: 93, steal: 30 });
});

test("what is not the run's own is somebody else's", () => {
  const before = { busy: 100, steal: 5 };
  expect(noise(before, { busy: 140, steal: 5 }, 300, 200)).toEqual({ foreign: 0.5, steal: 0 });
  expect(noise(before, { busy: 110, steal: 15 }, 300, 200)).toEqual({ foreign: 0, steal: 0.5 });
});

test("a block is done again for a quarter of a processor, for a tenth that was stolen, or for a quota that held", () => {
  expect(isNoisy({ foreign: 0.2, steal: 0.05 })).toBe(false);
  expect(isNoisy({ foreign: 0.3, steal: 0 })).toBe(true);
  expect(isNoisy({ foreign: 0, steal: 0.2 })).toBe(true);
  expect(isNoisy({ foreign: 0, steal: 0, throttled: 0 })).toBe(false);
  expect(isNoisy({ foreign: 0, steal: 0, throttled: 1 })).toBe(true);
});
