import { describe, expect, test } from "vitest";
import { count, size, time } from "../src/units.ts";

test.each([
  [98_123, "98 100"],
  [1_234_567, "1 230 000"],
  [3084, "3 080"],
  [999.9, "1 000"],
  [42.42, "42.4"],
  [0.003851, "0.00385"],
  [0, "0"],
])("%f is printed as %s", (value, text) => expect(count(value)).toBe(text));

describe("a time in milliseconds", () => {
  test.each([
    [0.0123, "12.3 µs"],
    [4.1, "4.1 ms"],
    [2154, "2.15 s"],
  ])("%f is %s", (value, text) => expect(time(value)).toBe(text));
});

describe("a size in bytes", () => {
  test.each([
    [0, "0 B"],
    [870, "870 B"],
    [12_595, "12.3 KiB"],
    [8.05 * 2 ** 20, "8.05 MiB"],
  ])("%f is %s", (value, text) => expect(size(value)).toBe(text));
});
