import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseWorkload } from "../src/workload.ts";

const usual = { version: 1, title: "Mine", clients: 10, bytes: 64 };
const parse = (more: object) => parseWorkload(JSON.stringify({ ...usual, ...more }), "mine.json");
const load = (more: object) => {
  const scenario = parse(more);
  return scenario.load(scenario.cells.default[0]!);
};

describe("a workload", () => {
  test("needs no more than clients and the size of a message", () => {
    expect(load({})).toEqual({
      ...{ clients: 10, bytes: 64, think: 0, depth: 1, requests: null, again: false },
      hostile: {},
    });
  });

  test("becomes the load that it describes", () => {
    const bytes = { lognormal: { median: 80, p99: 1500 } };
    expect(load({ bytes, think: { exponential: 50 }, hostile: { drip: 2 } })).toMatchObject({
      ...{ bytes, think: { exponential: 50 }, again: false },
      hostile: { drip: 2 },
    });
    expect(parse({ active: 5 }).talking!(10)).toBe(5);
    expect(load({ requests: 3 })).toMatchObject({ requests: 3, again: true });
  });

  test("is measured by what differs between servers under it", () => {
    expect(parse({}).measure.name).toBe("messages/s");
    expect(parse({ requests: 1 }).measure.name).toBe("clients/s");
    expect(parse({ think: 10 }).measure.name).toBe("p99"); // as many messages from all of them
    expect(parse({ rate: 1000 }).measure.name).toBe("p99");
    expect(parse({ rate: 1000 }).cells.default[0]!.rate).toEqual({ perSecond: 1000 });
  });

  test.each([
    ["client", { client: 5 }, 'unknown key "client" (did you mean "clients"?)'],
    ["no clients", { clients: 0 }, '"clients" must be >= 1'],
    ["a distribution that is none", { bytes: { normal: 3 } }, '"bytes" must be a number, or one of { "uniform"'],
    ["more who talk than there are", { active: 11 }, '"active" is 11, of only 10 "clients"'],
    ["a rate, and a pause", { rate: 500, think: 5 }, 'with a "rate" nobody waits for an answer'],
    ["silent clients that come and go", { requests: 1, active: 2 }, 'leave out "active"'],
    ["more under way than there are", { requests: 2, depth: 3 }, '"depth" is 3, of only 2 "requests"'],
    ["messages without end", { bytes: { exponential: 1_000_000 } }, '"bytes" goes beyond'],
    ["a message of no byte", { bytes: 0 }, '"bytes" has 0: a message is a whole number of bytes, from 1'],
    ["a part of a byte", { bytes: 0.4 }, '"bytes" has 0.4'],
    [
      "a part of a byte among others",
      {
        bytes: {
          choice: [
            [64, 1],
            [1.5, 1],
          ],
        },
      },
      '"bytes" has 1.5',
    ],
    ["sizes from the large to the small one", { bytes: { uniform: [100, 10] } }, '"bytes.uniform" is [100, 10]'],
    ["pauses from the long to the short one", { think: { uniform: [9, 8] } }, '"think.uniform" is [9, 8]'],
    ["a p99 below the median", { bytes: { lognormal: { median: 1000, p99: 10 } } }, '"bytes.lognormal": "p99" is 10'],
    ["messages that are mostly empty", { bytes: { exponential: 0.1 } }, '"bytes" goes below 1'],
    ["a pause longer than the window", { think: 1_000_000 }, '"think" is 1000000 ms, and a "window" has 400 ms'],
    ["pauses longer than its window", { think: { exponential: 200 }, window: 100 }, 'a "window" has 100 ms'],
    ["a way longer than the window", { network: { latency: 300 } }, '"network.latency" is 300 ms each way'],
    ["a negative weight", { bytes: { choice: [[64, -1]] } }, '"bytes" must be a number, or one of'],
    ["no choice", { bytes: { choice: [] } }, '"bytes" must be a number, or one of'],
    ["a number that is text", { bytes: "64" }, '"bytes" must be a number, or one of'],
    ["a hostile kind that is none", { hostile: { slient: 1 } }, 'did you mean "silent"?'],
  ])("with %s is refused, and the message says what to do", (_, more, advice) => {
    expect(() => parse(more)).toThrow(advice);
    expect(() => parse(more)).toThrow("mine.json: ");
  });

  test("may begin with a byte order mark, as some editors write it", () => {
    expect(parseWorkload(`\uFEFF${JSON.stringify(usual)}`, "mine.json").shows).toBe("Mine");
  });

  test("with a number beyond all numbers is refused", () => {
    const text = JSON.stringify(usual).replace("64", "1e999");
    expect(() => parseWorkload(text, "mine.json")).toThrow('"bytes" must be a number');
  });

  const folder = new URL("../workloads/", import.meta.url);
  test.each(readdirSync(folder).filter((name) => name.endsWith(".json")))("that ships is valid: %s", (name) => {
    const { shows } = parseWorkload(readFileSync(new URL(name, folder), "utf8"), name);
    expect(shows).toMatch(/^[A-Z].*[^.]$/);
  });
});
