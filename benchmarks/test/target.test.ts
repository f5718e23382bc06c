import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { cell, talkers } from "../src/cell.ts";
import type { Load, OpenWindow, WindowReport } from "../src/generator-protocol.ts";
import { schedule } from "../src/schedule.ts";
import { Target } from "../src/target.ts";
import { type Behaviour, VirtualWorld } from "./virtual-world.ts";

// Against servers in a world whose time is its own: what the generator says can be checked to 0.02 ms.

function target(behaviour: Behaviour, load: Partial<Load> = {}, clients = 1): Target {
  const connect = {
    op: "connect",
    protocol: "tcp",
    target: "t",
    host: "127.0.0.1",
    port: 1,
    load: { ...talkers(cell(clients)), ...load },
  };
  return new Target(connect as never, 1, new VirtualWorld(behaviour));
}

const WINDOW: OpenWindow = { op: "window", target: "t", milliseconds: 1000, poll: "busy", arrivals: null };
const POISSON = { rate: 1000, process: "poisson", seed: 7 } as const;
const at = (histogram: string | null, percentile: number) =>
  decodeFromCompressedBase64(histogram!).getValueAtPercentile(percentile) / 1e6;

/** Answers after 0.1 ms; but what comes from 300 to 500 ms of the first window waits until the pause is over. */
const pausesOnce: Behaviour = (now) => (now >= 1300 && now < 1500 ? 1500 : now + 0.1);

describe("an open loop", () => {
  test("sends exactly what was planned, and counts every answer", () => {
    const report = target((now) => now + 0.1).window({ ...WINDOW, arrivals: POISSON });
    expect(report.repliesInAll).toBe(schedule(POISSON, 1000).length);
    expect(report).toMatchObject({ unanswered: 0, rate: 1000, censoredFrom: null });
  });

  test.each([0, 1, 5])("measures a delay of %i ms to 0.02 ms", (delay) => {
    const report = target((now) => now + delay).window({ ...WINDOW, arrivals: POISSON });
    for (const percentile of [50, 99]) {
      expect(at(report.latency, percentile)).toBeGreaterThanOrEqual(delay * 0.999);
      expect(at(report.latency, percentile)).toBeLessThan(delay * 1.001 + 0.02);
    }
  });

  test("counts the wait of everything that was to be sent in a pause, which a closed loop hides", () => {
    const open = target(pausesOnce).window({ ...WINDOW, arrivals: POISSON });
    expect(at(open.latency, 85)).toBeGreaterThan(20); // a fifth of the time was pause
    expect(at(open.latency, 99)).toBeGreaterThan(150);
    expect(at(open.latency, 99)).toBeLessThanOrEqual(200.5);

    const closed = target(pausesOnce).window(WINDOW);
    expect(at(closed.latency, 99)).toBeLessThan(0.2); // one request of thousands
    expect(closed.longestWait).toBeGreaterThan(199); // it is there, for whoever looks for it
  });

  test("tells the server's time from its own lateness", () => {
    // It wakes at whole milliseconds, so that messages leave late; the server is as quick as ever.
    const report = target((now) => now + 0.1).window({ ...WINDOW, poll: "blocking", arrivals: POISSON });
    expect(at(report.lateness, 99)).toBeGreaterThan(0.5);
    expect(at(report.lateness, 99)).toBeLessThan(1.1);
    expect(at(report.service, 99)).toBeLessThan(0.2 + 1);
    expect(at(report.latency, 99)).toBeGreaterThanOrEqual(at(report.lateness, 99));
  });

  test("goes on sending to a server that has stopped, and counts the unanswered with the time they have waited", () => {
    const report = target((now) => (now < 1500 ? now + 0.1 : Number.POSITIVE_INFINITY)).window({
      ...WINDOW,
      arrivals: { ...POISSON, process: "uniform" },
    });
    expect(report.repliesInAll).toBe(500);
    expect(report.unanswered).toBe(500);
    expect(report.censoredFrom).toBeGreaterThanOrEqual(60); // a window stays open so long
    expect(at(report.latency, 75)).toBeGreaterThan(250);
    expect(report.longestWait).toBeGreaterThan(550);
  });

  test("spreads its messages over all clients", () => {
    const { shares } = target((now) => now + 0.1, {}, 10).window({
      ...WINDOW,
      arrivals: { ...POISSON, process: "uniform" },
    });
    expect(shares).toEqual(Array(10).fill(100));
  });
});

describe("a closed loop", () => {
  test("has one message under way, or as many as it was told", () => {
    const one = target((now) => now + 10).window(WINDOW);
    expect(one.replies).toBe(99); // one each 10 ms; the hundredth comes as the window closes
    const eight = target((now) => now + 10, { depth: 8 }).window(WINDOW);
    expect(eight.replies).toBe(8 * 99);
    expect(at(eight.latency, 99)).toBeCloseTo(10, 1);
  });

  test("pauses after each answer when its clients think", () => {
    const report = target((now) => now + 1, { think: 9 }).window(WINDOW);
    expect(report.replies).toBe(99); // the first comes after a thought
    expect(at(report.latency, 99)).toBeCloseTo(1, 1); // nobody waits while it thinks
  });

  test("does not count the time between two windows as waiting", () => {
    const clients = target((now) => (now < 2000 ? now + 500 : now + 0.1));
    expect(clients.window({ ...WINDOW, milliseconds: 300 }).unanswered).toBe(1);
    expect(clients.window({ ...WINDOW, milliseconds: 300 }).longestWait).toBeLessThan(501);
  });
});

describe("clients that come and go", () => {
  test("each ask as often as they were told, leave, and come again until the window ends", () => {
    const report = target((now) => now + 1, { requests: 5, again: true }, 2).window({ ...WINDOW, milliseconds: 100 });
    expect(report).toMatchObject({ stay: false, unanswered: 0, served: report.offered });
    expect(report.offered).toBeGreaterThanOrEqual(38);
    expect(report.repliesInAll).toBe(report.replies);
    expect(report.repliesInAll).toBeLessThanOrEqual(5 * report.offered);
  });

  test("that do not come again end the window when the last of them has left", () => {
    const report = target((now) => now + 1, { requests: 3, think: 10 }, 4).window({ ...WINDOW, milliseconds: 60_000 });
    expect(report).toMatchObject({ offered: 4, replies: 12, effectiveClients: 4 });
    expect(report.elapsed).toBeGreaterThan(22);
    expect(report.elapsed).toBeLessThan(60);
  });
});

test("two windows with the same plan are the same window", () => {
  const run = (): WindowReport => target(pausesOnce, {}, 3).window({ ...WINDOW, arrivals: POISSON });
  expect(run()).toEqual(run());
});
