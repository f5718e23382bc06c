import { type Model, ServerProcess, StartError, type StartOptions } from "@echolab/model";
import type { Case } from "../case.ts";
import { aboutOf } from "../failure.ts";
import { startLimit } from "../own-limits.ts";
import { runCase, type Verdict } from "../run-case.ts";
import type { RemoteServer } from "../subject.ts";
import { type Explanation, explain } from "./explain.ts";
import type { Graded } from "./graded.ts";

/** What all groups of cases have in common. */
export interface Lane {
  readonly subject: Model | RemoteServer;
  readonly options: StartOptions;
  readonly seed: number;
  readonly slowness: number;
  readonly signal: AbortSignal;
  /** Resolves when the person has had enough, or the time is over. */
  readonly over: Promise<undefined>;
}

/** Asks cases one after the other, of one server; one that ended or has failed is started again for the next. */
export async function* runGroup(
  { subject, options, seed, slowness, signal, over }: Lane,
  cases: readonly Case[],
): AsyncGenerator<Graded> {
  let server: ServerProcess | RemoteServer | undefined;
  const stop = async () => {
    if (server instanceof ServerProcess) await server.stop();
  };
  try {
    for (const testCase of cases) {
      if (signal.aborted) return;
      const before = performance.now();
      let result: Omit<Verdict, "case">;
      try {
        if (server instanceof ServerProcess && !server.running) {
          await stop(); // what it has started may still be there
          server = undefined;
        }
        server ??= "manifest" in subject ? await ServerProcess.start(subject, options) : subject;
        const outcome = await Promise.race([runCase(server, testCase, { seed, slowness }), over]);
        if (!outcome) return;
        result = outcome;
      } catch (error) {
        if (!(error instanceof StartError)) throw error; // the grader's own fault
        const limit = startLimit(error);
        result = limit
          ? { verdict: "unverifiable", why: limit.message }
          : { verdict: "fail", why: error.message, about: aboutOf(error) }; // it did not start again
      }
      const explanation = result.verdict === "fail" && result.why ? explained(testCase, result.why) : {};
      yield { ...result, case: testCase, took: performance.now() - before, ...explanation };
      // A server that has failed may be in any state: the next case gets another one.
      if (result.verdict === "fail") {
        await stop();
        server = undefined;
      }
    }
  } finally {
    await stop();
  }
}

/** Resolves at once where it is aborted already. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

export function explained(testCase: Case, why: string): { explanation?: Explanation } {
  const explanation = explain(testCase, why);
  return explanation ? { explanation } : {};
}
