import { expect, test } from "vitest";
import { cases } from "../src/index.ts";

test("every case has a number and an id of its own", () => {
  expect(new Set(cases.map(({ number }) => number)).size).toBe(cases.length);
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
});

test.each(cases.map((each) => [each.id, each] as const))(
  "%s says what it requires, and where that comes from",
  (id, each) => {
    expect(id).toMatch(/^tcp\/[a-z-]+\/[a-z0-9-]+$/);
    expect(each.requirement).toMatch(/^[a-z]/);
    expect(each.from).not.toBe("");
  },
);

test("where a model may differ by design, the opposite can be checked", () => {
  const sequential = { clients: 1 } as Parameters<NonNullable<(typeof cases)[number]["applies"]>>[0];
  const differing = cases.filter(({ applies }) => applies?.(sequential) === "by design");
  expect(differing.map(({ number }) => number)).toEqual([16, 23]);
  for (const { opposite } of differing) expect(opposite).toBeTypeOf("function");
});

test("the cases of the first part are all here", () => {
  const first = [...Array.from({ length: 18 }, (_, i) => i + 1), 22, 23, 27, 28, 29, 39, 42, 43, 44, 45];
  expect(cases.map(({ number }) => number)).toEqual(first);
});
