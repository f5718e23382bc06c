import { expect, test } from "vitest";
import { needsOf } from "../src/cases.ts";
import { type Case, cases } from "../src/index.ts";

test("every case has a number and an id of its own", () => {
  expect(new Set(cases.map(({ number }) => number)).size).toBe(cases.length);
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
});

test.each(cases.map((each) => [each.id, each] as const))(
  "%s says what it requires, and where that comes from",
  (id, each) => {
    expect(id).toMatch(/^(tcp|udp)\/[a-z-]+\/[a-z0-9-]+$/);
    expect(each.requirement).toMatch(/^[a-z]/);
    expect(each.from).not.toBe("");
  },
);

test("where a model may differ by design, the opposite can be checked", () => {
  const sequential = { clients: 1, overload: "queue" } as Parameters<NonNullable<(typeof cases)[number]["applies"]>>[0];
  const differing = cases.filter(({ applies }) => applies?.(sequential) === "by design");
  expect(differing.map(({ number }) => number)).toEqual([16, 23, 25]);
  for (const { opposite } of differing) expect(opposite).toBeTypeOf("function");
});

test("what a case needs is there and of its own protocol, and needs no other that needs it", () => {
  const allNeedsOf = (each: Case, seen: readonly Case[] = []): Case[] => {
    expect(seen.map(({ id }) => id)).not.toContain(each.id);
    return needsOf(each).flatMap((need) => [need, ...allNeedsOf(need, [...seen, each])]);
  };
  for (const each of cases) {
    const named = new Set([...(each.needs ?? [0]), ...(each.symptomOf ?? [])]); // 0: the basic one
    expect(needsOf(each)).toHaveLength(named.size);
    for (const need of allNeedsOf(each)) expect(need.id.split("/")[0]).toBe(each.id.split("/")[0]);
  }
});

test("the cases are all here: 46 for TCP, and 9 for UDP", () => {
  const all = [...Array.from({ length: 46 }, (_, i) => i + 1), ...Array.from({ length: 9 }, (_, i) => `U${i + 1}`)];
  expect(cases.map(({ number }) => number)).toEqual(all);
});
