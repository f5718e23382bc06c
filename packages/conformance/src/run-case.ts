import { eventually, type Model, ServerProcess, type StartOptions } from "@echolab/model";
import type { Applies, Case } from "./case.ts";
import { ending } from "./ending.ts";
import { type About, aboutOf, Unverifiable } from "./failure.ts";
import { noRoom, startLimit } from "./own-limits.ts";
import { type Conditions, type RemoteServer, Subject } from "./subject.ts";

/**
 * `by design`: the model declares the difference, and its opposite was seen. `informational`: told, never scored.
 * `unverifiable`: what the case asks cannot be seen here, as where the server was started by somebody else.
 */
export type Outcome = "pass" | "by design" | "fail" | "skipped" | "unverifiable" | "informational";

export interface Verdict {
  readonly case: Case;
  readonly verdict: Outcome;
  /** Why it failed or was skipped, or what was measured. */
  readonly why?: string;
  /** What its failure is about. */
  readonly about?: About;
  /** The difference that the model declares was asked for, and not the requirement. */
  readonly opposite?: boolean;
}

/** Runs one case against `server`, and then asks whether the server is still alive. */
export async function runCase(
  server: ServerProcess | RemoteServer,
  testCase: Case,
  conditions: Conditions,
): Promise<Verdict> {
  const applies: Applies = testCase.applies?.(server.model.manifest) ?? "required";
  if (typeof applies === "object") return { case: testCase, verdict: "skipped", why: applies.skip };
  const passed = testCase.tier === "informational" ? "informational" : applies === "required" ? "pass" : "by design";
  const subject = new Subject(server, conditions);
  try {
    const why = await (applies === "required" ? testCase.run : testCase.opposite!)(subject);
    if (subject.ownLimit) throw subject.ownLimit; // what passed without some of its clients was not checked
    await subject.tidy();
    await subject.alive();
    return { case: testCase, verdict: passed, ...(why && { why }) };
  } catch (error) {
    // A mistake in a case is nobody's failure but our own.
    if ([TypeError, ReferenceError, RangeError].some((kind) => error instanceof kind)) throw error;
    const unverifiable = error instanceof Unverifiable ? error : (subject.ownLimit ?? startLimit(error) ?? noRoom());
    if (unverifiable) return { case: testCase, verdict: "unverifiable", why: unverifiable.message };
    // A broken connection is seen before the end of the process that broke it, and before its last words.
    const ended = server instanceof ServerProcess ? await endingSoon(server, subject) : undefined;
    const verdict = testCase.tier === "informational" ? "informational" : "fail";
    const why = ended ?? (error as Error).message;
    return { case: testCase, verdict, why, about: ended ? "end" : aboutOf(error), opposite: applies === "by design" };
  } finally {
    await subject.tidy();
  }
}

async function endingSoon(server: ServerProcess, subject: Subject): Promise<string | undefined> {
  await eventually(() => !server.running, subject.within(100));
  return ending(server);
}

/** Runs cases one after the other; a server that ended in one is started again for the next. */
export async function* runCases(
  model: Model,
  cases: readonly Case[],
  conditions: Conditions,
  more: StartOptions = {},
): AsyncGenerator<Verdict> {
  const options = { deadline: 10_000 * (conditions.slowness ?? 1), ...more };
  let server = await ServerProcess.start(model, options);
  try {
    for (const testCase of cases) {
      if (!server.running) {
        await server.stop(); // what it has started may still be there
        server = await ServerProcess.start(model, options);
      }
      yield await runCase(server, testCase, conditions);
    }
  } finally {
    await server.stop();
  }
}
