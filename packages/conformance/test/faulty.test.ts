import { findModel, type Model } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { caseOf, here } from "./faulty.ts";
import { describeFound } from "./faulty-found.ts";
import { judge } from "./judge.ts";

describeFound(({ tier }) => tier !== "must");

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
