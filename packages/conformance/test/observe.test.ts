import { fileURLToPath } from "node:url";
import { findModel, type Manifest, ServerProcess } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { CALLS, contradictions, type Observed, observe } from "../src/grade/observe.ts";
import { conditions } from "./judge.ts";

const declared = (some: Partial<Manifest>) =>
  ({ clients: "many", isolation: "none", idle: "sleeps", ...some }) as Manifest;
const seen = (some: Partial<Observed>): Observed => ({
  ...{ servesAtOnce: "many", isolation: "none", idle: "sleeps", waitsIn: null, words: "" },
  ...some,
});

test("the calls that a server waits in are the same on arm64, but for the three that it has in a newer form only", () => {
  const newer: Record<string, string> = { select: "pselect6", poll: "ppoll", epoll_wait: "epoll_pwait" };
  const names = Object.values(CALLS["x64"]!).map((name) => newer[name] ?? name);
  expect(Object.values(CALLS["arm64"]!).sort()).toEqual([...new Set(names)].sort());
});

describe("what is declared and what was seen", () => {
  test.each<[string, Partial<Manifest>, Partial<Observed>, RegExp | null]>([
    ["agree", {}, {}, null],
    ["one at a time", { clients: 5 }, { servesAtOnce: "one" }, /declares 5 clients at once, and serves one at a time/],
    ["several", { clients: 1 }, { servesAtOnce: "many" }, /declares one client at a time, and serves several/],
    ["threads", {}, { isolation: "thread" }, /declares no thread or process for each client, and has a thread/],
    [
      "processes",
      { isolation: "thread" },
      { isolation: "process" },
      /declares a thread for each client, and has a process/,
    ],
    ["a pool, whose threads were there before", { isolation: "thread" }, {}, null],
    ["spins", {}, { idle: "spins" }, /declares that it sleeps while nobody says anything, and it spins/],
    ["answers nobody", {}, { servesAtOnce: "nobody", idle: "spins" }, null],
  ])("%s", (_, promise, sight, told) => {
    const found = contradictions(declared(promise), seen(sight));
    if (told) expect(found.join()).toMatch(told);
    else expect(found).toEqual([]);
  });
});

describe("a server is seen for what it is", { timeout: 180_000 }, () => {
  test.each<[string, Partial<Observed>, RegExp]>([
    ["sequential", { servesAtOnce: "one", isolation: "none" }, /one client at a time; it sleeps in recvfrom/],
    ["busy-wait", { servesAtOnce: "many", idle: "spins" }, /never sleeps: it asks in a loop/],
    ["epoll", { servesAtOnce: "many", idle: "sleeps" }, /sleeps in epoll_p?wait: an event loop/],
    ["thread-per-connection", { servesAtOnce: "many", isolation: "thread" }, /a thread for each/],
    ["line-buffered", { servesAtOnce: "many" }, /many clients at once/],
  ])("%s", async (name, sight, words) => {
    const folder = fileURLToPath(
      new URL(name === "line-buffered" ? `../faulty/${name}` : `../../server-${name}`, import.meta.url),
    );
    const server = await ServerProcess.start(findModel(folder, "/"));
    try {
      const observed = await observe(server, conditions.slowness);
      expect(observed).toMatchObject(sight);
      expect(observed.words).toMatch(words);
    } finally {
      await server.stop();
    }
  });
});
