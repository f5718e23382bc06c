import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Consumer, Producer } from "../src/shared-ring.ts";

/** Anywhere, and often just before the indices wrap around at 2^31 and 2^32. */
const start = fc.oneof(
  fc.integer(),
  fc.integer({ min: 1, max: 40 }).map((n) => -n),
  fc.integer({ min: 2 ** 31 - 40, max: 2 ** 31 - 1 }),
);
const slots = fc.integer({ min: 0, max: 5 }).map((power) => 2 ** power);
const moves = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 });

describe("the rings shared with the kernel, wherever their indices stand", () => {
  test("what is filled is taken once, in order, and never more than fits", () => {
    fc.assert(
      fc.property(start, slots, moves, (from, count, steps) => {
        const [head, tail] = [Int32Array.of(from), Int32Array.of(from)];
        const producer = new Producer(head, tail, count);
        const memory = new Array<number>(count);
        let filled = 0;
        let taken = 0;
        for (const [i, step] of steps.entries()) {
          if (i % 2 === 0) {
            for (let n = 0; n < step && !producer.isFull; n += 1) {
              memory[producer.slot] = filled;
              filled += 1;
              producer.claim();
            }
            expect(producer.pending).toBe(filled - taken);
            producer.publish();
          } else {
            // The kernel takes some of what has been published.
            for (let n = 0; n < step && head[0] !== tail[0]; n += 1) {
              expect(memory[head[0]! & (count - 1)]).toBe(taken);
              taken += 1;
              head[0] = head[0]! + 1;
            }
          }
          expect(filled - taken).toBeLessThanOrEqual(count);
          expect(producer.isFull).toBe(filled - taken === count);
        }
      }),
    );
  });

  test("nothing is seen by the kernel before it is published", () => {
    const [head, tail] = [Int32Array.of(-1), Int32Array.of(-1)];
    const producer = new Producer(head, tail, 4);
    producer.claim();
    expect(tail[0]).toBe(-1);
    producer.publish();
    expect(tail[0]).toBe(0);
  });

  test("what the kernel has filled is seen once, in order, until it is released", () => {
    fc.assert(
      fc.property(start, slots, moves, (from, count, steps) => {
        const [head, tail] = [Int32Array.of(from), Int32Array.of(from)];
        const consumer = new Consumer(head, tail, count);
        const memory = new Array<number>(count);
        let filled = 0;
        let seen = 0;
        for (const [i, step] of steps.entries()) {
          if (i % 2 === 0) {
            for (let n = 0; n < step && filled - seen < count; n += 1) {
              memory[tail[0]! & (count - 1)] = filled;
              filled += 1;
              tail[0] = tail[0]! + 1;
            }
          } else {
            expect(consumer.available).toBe(filled - seen);
            const some = Math.min(step, consumer.available);
            for (let n = 0; n < some; n += 1) expect(memory[consumer.slot(n)]).toBe(seen + n);
            consumer.release(some);
            seen += some;
            expect(head[0]).toBe((from + seen) | 0);
          }
        }
      }),
    );
  });
});
