import { lastWords, type Model, ServerProcess } from "@echolab/model";
import type { Applies, Case } from "./case.ts";
import { Subject } from "./subject.ts";

export interface Verdict {
  readonly case: Case;
  /** `by design`: the model declares the difference, and its opposite was seen. */
  readonly verdict: "pass" | "by design" | "fail" | "skipped";
  /** Why it failed or was skipped. */
  readonly why?: string;
}

/** Runs one case against `server`, and then asks whether the server is still alive. */
export async function runCase(server: ServerProcess, testCase: Case, seed: number): Promise<Verdict> {
  const applies: Applies = testCase.applies?.(server.model.manifest) ?? "required";
  if (typeof applies === "object") return { case: testCase, verdict: "skipped", why: applies.skip };
  const subject = new Subject(server, seed);
  try {
    await (applies === "required" ? testCase.run : testCase.opposite!)(subject);
    await subject.tidy();
    await subject.alive();
    return { case: testCase, verdict: applies === "required" ? "pass" : "by design" };
  } catch (error) {
    // A broken connection is seen before the end of the process that broke it, and before its last words.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { case: testCase, verdict: "fail", why: (await ending(server)) ?? (error as Error).message };
  } finally {
    await subject.tidy();
  }
}

/** Runs cases one after the other; a server that ended in one is started again for the next. */
export async function* runCases(model: Model, cases: readonly Case[], seed: number): AsyncGenerator<Verdict> {
  let server = await ServerProcess.start(model);
  try {
    for (const testCase of cases) {
      if (!server.running) {
        await server.stop();
        server = await ServerProcess.start(model);
      }
      yield await runCase(server, testCase, seed);
    }
  } finally {
    await server.stop();
  }
}

/** How the server ended, and why. */
async function ending(server: ServerProcess): Promise<string | undefined> {
  if (server.running) return undefined;
  const { code, signal } = await server.ended;
  return `the server ended (${signal ?? `exit code ${code}`}): ${lastWords(server.stderr) || "it said nothing"}`;
}
