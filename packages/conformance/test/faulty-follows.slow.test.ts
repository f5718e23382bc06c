import { findModel } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { assignment, grade, profileOf } from "../src/grade/index.ts";
import { isToMend } from "../src/grade/score.ts";
import { caseOf, faulty, here, hindrance } from "./faulty.ts";
import { conditions } from "./judge.ts";

/** `pnpm faulty`: ask each faulty server every case, which takes an hour. */
const isAll = process.env["FAULTY"] === "all";
/** Of each kind of failure some: wrong bytes, who is not served, who ends, and what is kept. */
const SOME = [
  "adds-newline",
  "cross-talk",
  "serves-one-at-a-time",
  "drops-half-close",
  "no-error-handler",
  "leaves-zombies",
];

/** Its one mistake, not to wait for what it writes, is seen in two ways: one line mends both. */
const ALSO: Record<string, number[]> = { "for-await-destroys": [22] };

// One after the other: five grades at a time are a load in which a mistake of timing does not show.
describe("what else fails a faulty server follows from its own case", () => {
  for (const name of isAll ? Object.keys(faulty) : SOME) {
    const [number] = faulty[name]!;
    test(name, { timeout: 300_000 * conditions.slowness }, async ({ skip }) => {
      const model = findModel(`../faulty/${name}`, here);
      const missing = await hindrance(model, caseOf(number));
      if (missing) skip(missing);
      const profile = profileOf(model.manifest);
      const asked = assignment(model.manifest, profile).cases.filter(
        (each) => isAll || each.pace === "quick" || each.number === number,
      );
      const request = { subject: model, declared: true, profile, only: asked.map(({ id }) => id), ...conditions };
      const { results } = await grade({ ...request, signal: new AbortController().signal }, () => {});
      const own = results.find((each) => each.case.number === number);
      if (own?.verdict === "unverifiable") skip(own.why);
      const wrong = [number, ...(isAll ? (ALSO[name] ?? []) : [])];
      expect(results.filter(isToMend).map((each) => `${each.case.number}: ${each.why}`)).toEqual(
        wrong.map((each) => expect.stringMatching(new RegExp(`^${each}: `))),
      );
    });
  }
});
