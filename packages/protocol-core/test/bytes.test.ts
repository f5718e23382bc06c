import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededBytes } from "../src/bytes.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("SeededBytes", () => {
  test("is the same stream for the same seed, in whatever pieces it is taken", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(1000)), (seed, lengths) => {
        const pieces = new SeededBytes(seed);
        const whole = new SeededBytes(seed).next(lengths.reduce((sum, length) => sum + length, 0));
        expect(hex(Buffer.concat(lengths.map((length) => pieces.next(length))))).toBe(hex(whole));
      }),
    );
  });

  test("is another stream for another seed", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (one, other) => {
        fc.pre(one !== other);
        expect(hex(new SeededBytes(one).next(64))).not.toBe(hex(new SeededBytes(other).next(64)));
      }),
    );
  });

  test.each([
    [1, "eb02fd110b6539496a826396e19e6920"],
    [7007, "36d50935a2dffc0d06dc3492ac278a39"],
  ])("begins with the same bytes on every machine: seed %i", (seed, golden) => {
    expect(hex(new SeededBytes(seed).next(16))).toBe(golden);
  });

  test.each([0, 1, 3, 4, 5, 65_537])("gives exactly %i bytes when asked for them", (length) => {
    expect(new SeededBytes(1).next(length)).toHaveLength(length);
  });

  test("uses every byte value, so that no value goes untested", () => {
    expect(new Set(new SeededBytes(1).next(16 * 1024)).size).toBe(256);
  });
});
