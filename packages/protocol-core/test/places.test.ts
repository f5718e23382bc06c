import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Places } from "../src/places.ts";

describe("Places", () => {
  test("lets everybody in, in order, and never more than the limit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.nat(30),
        fc.array(fc.boolean()),
        async (limit, clients, departures) => {
          const places = new Places(limit);
          const inside: number[] = [];
          const served: number[] = [];
          let mostInside = 0;

          // As the servers do it: one loop waits for a place, then for a client, and leaving happens at any moment.
          const serve = async () => {
            for (let client = 0; client < clients; client += 1) {
              await places.free();
              await null;
              places.take();
              inside.push(client);
              served.push(client);
              mostInside = Math.max(mostInside, inside.length);
            }
          };
          serve();
          const leave = () => inside.shift() !== undefined && places.leave();
          for (const departs of departures) {
            if (departs) leave();
            await null;
          }
          // Whoever is inside leaves in the end: then nobody may be left waiting.
          for (let turn = 0; turn < 10 * clients; turn += 1) {
            leave();
            await null;
          }
          expect(mostInside).toBeLessThanOrEqual(limit);
          expect(served).toEqual(Array.from({ length: clients }, (_, i) => i));
        },
      ),
    );
  });

  test("is free at once while a place is left", async () => {
    const places = new Places(2);
    places.take();
    await expect(places.free()).resolves.toBeUndefined();
  });

  test("is not free at the limit, until somebody leaves", async () => {
    const places = new Places(1);
    places.take();
    let free = false;
    const waiting = places.free().then(() => {
      free = true;
    });
    await new Promise(setImmediate);
    expect(free).toBe(false);
    places.leave();
    await waiting;
    expect(free).toBe(true);
  });

  test("has no end of places without a limit", async () => {
    const places = new Places(Number.POSITIVE_INFINITY);
    for (let client = 0; client < 1000; client += 1) places.take();
    await places.free();
  });
});
