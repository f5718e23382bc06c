import { findModel } from "@echolab/model";
import { describe, expect, test } from "vitest";
import type { Case } from "../src/index.ts";
import { caseOf, faulty, here, hindrance } from "./faulty.ts";
import { conditions, judge } from "./judge.ts";

/** Each faulty server whose own case is among these is failed by it. Two files share them: most of the time a case waits. */
export function describeFound(isHere: (own: Case) => boolean): void {
  describe("every faulty server is found by its own case", () => {
    for (const [name, [number, reason]] of Object.entries(faulty)) {
      if (!isHere(caseOf(number))) continue;
      test(`${name} by case ${number}`, { timeout: 240_000 * conditions.slowness }, async ({ skip }) => {
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
}
