import { findModel, type Model } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { caseOf, faulty, here, hindrance } from "./faulty.ts";
import { conditions, judge } from "./judge.ts";

describe("every faulty server is found by its own case", () => {
  for (const [name, [number, reason]] of Object.entries(faulty)) {
    test(`${name} by case ${number}`, { timeout: 60_000 * conditions.slowness }, async ({ skip }) => {
      const model = findModel(`../faulty/${name}`, here);
      const missing = await hindrance(model, caseOf(number));
      if (missing) skip(missing);
      const { verdict, why } = await judge(model, caseOf(number));
      if (verdict === "unverifiable") skip(why);
      expect(why).toMatch(reason);
      expect(verdict).toBe("fail");
    });
  }
});

describe("a declared difference is asserted both ways", { timeout: 180_000 }, () => {
  const declaring = (name: string, clients: number | "many"): Model => {
    const model = findModel(name, here);
    return { ...model, manifest: { ...model.manifest, clients } };
  };

  test.each([16, 23])("case %i: who declares one client at a time must not answer a second one", async (number) => {
    expect(await judge(declaring("event-loop", 1), caseOf(number))).toMatchObject({
      verdict: "fail",
      why: "declares one client at a time, and answered a second one",
    });
    expect(await judge(findModel("sequential", here), caseOf(number))).toMatchObject({ verdict: "by design" });
  });

  test("case 16: who declares many clients, and serves one after the other, fails", async () => {
    expect(await judge(declaring("sequential", "many"), caseOf(16))).toMatchObject({ verdict: "fail" });
  });
});
