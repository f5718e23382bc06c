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
    ["a multicast group of IPv4, as IPv6 writes it", "::ffff:224.0.0.1", 5000, false],
    ["the same in hexadecimal", "::ffff:e000:1", 5000, false],
    ["the last multicast group, as IPv6 writes it", "::FFFF:239.255.255.255", 5000, false],
    ["broadcast, as IPv6 writes it", "::ffff:255.255.255.255", 5000, false],
    ["the same in hexadecimal", "::ffff:ffff:ffff", 5000, false],
    ["its own port, as IPv6 writes it", "::ffff:127.0.0.2", OWN, false],
    ["a host of IPv4, as IPv6 writes it", "::ffff:127.0.0.1", 5000, true],
    ["the same in hexadecimal", "::ffff:7f00:1", 5000, true],
    ["a host just below multicast, as IPv6 writes it", "::ffff:dfff:fffe", 5000, true],
    ["a host of IPv6 with ffff in the middle", "2001:db8:ffff:e000::1", 5000, true],
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

  const drained = { host: "127.0.0.1", port: 1024 };
  const withDrained = () => {
    const guard = new LoopGuard(OWN);
    for (let i = 0; i < 5000; i += 1) guard.mayAnswer(drained, 0);
    expect(guard.mayAnswer(drained, 0)).toBe(false);
    return guard;
  };
  const hearFrom = (guard: LoopGuard, peers: number) => {
    for (let i = 0; i < peers; i += 1) guard.mayAnswer({ host: "10.0.0.1", port: 10_000 + i }, 0);
  };

  test("remembers the last 5,000 peers at least, and 10,000 at most", () => {
    const guard = withDrained();
    hearFrom(guard, 4999);
    expect(guard.mayAnswer(drained, 0)).toBe(false);
    hearFrom(guard, 10_000);
    expect(guard.mayAnswer(drained, 0)).toBe(true);
  });

  test("remembers a peer as long as it is heard from, however many others there are", () => {
    const guard = withDrained();
    for (let i = 0; i < 10; i += 1) {
      hearFrom(guard, 4000 * (1 + (i % 2)));
      expect(guard.mayAnswer(drained, 0)).toBe(false);
    }
  });

  test("does the same work for each answer, however many peers it has heard of: it never walks through them", () => {
    const before = { ...Object.getOwnPropertyDescriptors(Map.prototype) };
    const walks: string[] = [];
    let [sets, largest] = [0, 0];
    for (const name of ["keys", "values", "entries", "forEach", "delete"] as const)
      Map.prototype[name] = () => walks.push(name) as never;
    Map.prototype.set = function (...entry) {
      sets += 1;
      before.set.value!.apply(this, entry);
      largest = Math.max(largest, this.size);
      return this;
    };
    try {
      hearFrom(new LoopGuard(OWN), 30_000);
    } finally {
      Object.defineProperties(Map.prototype, before);
    }
    expect({ walks, sets, largest }).toEqual({ walks: [], sets: 30_000, largest: 5000 }); // of two such maps
  });
});
