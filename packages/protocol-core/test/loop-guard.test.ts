import { describe, expect, test } from "vitest";
import { LoopGuard } from "../src/loop-guard.ts";

const OWN = 7007;

describe("LoopGuard", () => {
  test.each([
    ["its own port, wherever", "127.0.0.2", OWN, false],
    ["a port below 1024", "127.0.0.1", 1023, false],
    ["a port from 1024 on", "127.0.0.1", 1024, true],
    ["a multicast group", "224.0.0.1", 5000, false],
    ["the last multicast group", "239.255.255.255", 5000, false],
    ["broadcast", "255.255.255.255", 5000, false],
    ["a host just below multicast", "223.255.255.254", 5000, true],
    ["a multicast group of IPv6", "ff02::1", 5000, false],
    ["a host of IPv6", "fe80::1", 5000, true],
  ])("%s: %s:%i is answered: %s", (_, host, port, answered) => {
    expect(new LoopGuard(OWN).mayAnswer({ host, port }, 0)).toBe(answered);
  });

  test("answers a peer 5,000 times at once, then 500 times a second, and no other peer less", () => {
    const guard = new LoopGuard(OWN);
    const peer = { host: "127.0.0.1", port: 5000 };
    const answers = (now: number, asked: number) =>
      Array.from({ length: asked }, () => guard.mayAnswer(peer, now)).filter(Boolean).length;
    expect(answers(0, 50_000)).toBe(5000);
    expect(answers(1000, 5000)).toBe(500);
    expect(answers(1002, 5000)).toBe(1);
    expect(guard.mayAnswer({ ...peer, port: 5001 }, 1002)).toBe(true);
    expect(answers(60_000, 50_000)).toBe(5000); // it saves up no more than that
  });

  test("remembers 10,000 peers, and forgets who was heard of least lately", () => {
    const guard = new LoopGuard(OWN);
    const first = { host: "127.0.0.1", port: 1024 };
    for (let i = 0; i < 5000; i += 1) guard.mayAnswer(first, 0);
    expect(guard.mayAnswer(first, 0)).toBe(false);
    for (let port = 10_000; port < 20_000; port += 1) guard.mayAnswer({ host: "127.0.0.1", port }, 0);
    expect(guard.mayAnswer(first, 0)).toBe(true);
  });
});
