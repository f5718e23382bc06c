import { fileURLToPath } from "node:url";
import { findModel, type Model, missingRequirement, ServerProcess, StartError, slowness } from "@echolab/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Case } from "./case.ts";
import { casesFor } from "./cases.ts";
import { runCase } from "./run-case.ts";

const pace = process.env["CONFORMANCE"] === "full" ? ["quick", "full"] : ["quick"];
const conditions = { seed: Number(process.env["CONFORMANCE_SEED"] ?? 1), slowness: slowness() };

/** What is only told, and never wrong, is no test. */
const isTest = (each: Case) => pace.includes(each.pace) && each.tier !== "informational";

/**
 * The whole suite against the server package that the test file stands in.
 * @param testFile the test's `import.meta.url`
 */
export function describeServer(testFile: string): void {
  const folder = fileURLToPath(new URL("..", testFile));
  describeModel(findModel(folder, "/"));
}

function describeModel(model: Model): void {
  let missing = missingRequirement(model);
  describe(`${model.name} conforms`, () => {
    let server: ServerProcess;
    beforeAll(async () => {
      if (missing) return;
      server = await ServerProcess.start(model).catch((error) => {
        missing = error instanceof StartError ? error.unavailable : undefined;
        if (!missing) throw error;
        return server;
      });
    });
    afterAll(() => server?.stop());

    for (const testCase of casesFor(model.manifest).filter(isTest)) {
      test(`${testCase.id}: ${testCase.requirement}`, { timeout: 60_000 }, async ({ skip }) => {
        if (missing) skip(missing);
        if (!server.running) {
          await server.stop(); // what it has started may still be there
          server = await ServerProcess.start(model);
        }
        const { verdict, why } = await runCase(server, testCase, conditions);
        if (verdict === "skipped" || verdict === "unverifiable") skip(why);
        expect(verdict, `${testCase.id}: ${why}`).not.toBe("fail");
      });
    }
  });
}
