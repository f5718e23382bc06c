import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCases } from "@echolab/conformance";
import { assignment, type ProfileName } from "@echolab/conformance/grade";
import { buildModel, findModel, missingRequirement, slowness } from "@echolab/model";
import { describe, expect, test } from "vitest";

// Twenty servers, each with its build: they belong to `pnpm conformance`.
const isFull = process.env["CONFORMANCE"] === "full";
const slow = slowness();
const solutions = fileURLToPath(new URL("../solutions", import.meta.url));

// Most of the time a case waits: five of them wait together.
describe.concurrent.each(readdirSync(solutions))("the solution %s", (name) => {
  test("passes every quick case of its profile", { timeout: 300_000 }, async ({ skip }) => {
    skip(!isFull, "takes seconds: it runs by pnpm conformance");
    const model = findModel(`./${name}`, solutions);
    const missing = missingRequirement(model);
    if (missing) skip(missing);
    expect(await buildModel(model)).toBeUndefined();
    const { manifest, cases } = assignment(model.manifest, name.replace(/-\w+$/, "") as ProfileName);
    const quick = cases.filter(({ pace }) => pace === "quick");
    for await (const {
      case: { id },
      verdict,
      why,
    } of runCases({ ...model, manifest }, quick, { seed: 1, slowness: slow }))
      expect(verdict, `${id}: ${why}`).not.toBe("fail");
  });
});

test("there is a solution for each profile in each language", () => {
  const profiles = ["concurrent", "event-loop", "non-blocking", "sequential", "udp"];
  const all = profiles.flatMap((profile) =>
    ["c", "go", "python", "typescript"].map((language) => `${profile}-${language}`),
  );
  expect(readdirSync(solutions).sort()).toEqual(all.sort());
});
