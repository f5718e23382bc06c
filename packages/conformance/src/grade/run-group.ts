import { type Model, ServerProcess, StartError, type StartOptions } from "@echolab/model";
import type { Case } from "../case.ts";
import { runCase } from "../run-case.ts";
import type { RemoteServer } from "../subject.ts";
import { type Explanation, explain } from "./explain.ts";
import type { Graded } from "./grade.ts";

/** What a group of cases runs with. */
export interface Lane {
  readonly subject: Model | RemoteServer;
  readonly options: StartOptions;
  readonly seed: number;
  readonly slowness: number;
  readonly signal: AbortSignal;
  /** Resolves when the person has had enough. */
  readonly over: Promise<undefined>;
  /** One that this case needs and that failed. */
  unmet(testCase: Case): Case | undefined;
}

/** Asks one server these cases, and starts another where it has failed one, or has ended. */
export async function* runGroup(
  { subject, options, seed, slowness, signal, over, unmet }: Lane,
  cases: readonly Case[],
): AsyncGenerator<Graded> {
  let server: ServerProcess | RemoteServer | undefined;
  const stop = async () => {
    if (server instanceof ServerProcess) await server.stop();
  };
  try {
    for (const testCase of cases) {
      if (signal.aborted) return;
      const needs = unmet(testCase);
      if (needs) {
        yield { case: testCase, verdict: "skipped", why: `needs case ${needs.number}, which failed`, needs, took: 0 };
        continue;
      }
      const before = performance.now();
      let result: Pick<Graded, "verdict" | "why">;
      try {
        if (server instanceof ServerProcess && !server.running) {
          await stop(); // what it has started may still be there
          server = undefined;
        }
        server ??= "manifest" in subject ? await ServerProcess.start(subject, options) : subject;
        const outcome = await Promise.race([runCase(server, testCase, { seed, slowness }), over]);
        if (!outcome) return;
        const { verdict, why } = outcome;
        result = { verdict, ...(why && { why }) };
      } catch (error) {
        if (!(error instanceof StartError)) throw error; // the grader's own fault
        result = { verdict: "fail", why: (error as Error).message }; // it did not start again
      }
      const explanation = result.verdict === "fail" && result.why ? explained(testCase, result.why) : {};
      yield { case: testCase, took: performance.now() - before, ...result, ...explanation };
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

/** Resolves once the person has had enough. */
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
