import { beforeTiming, type Case, runCases } from "@echolab/conformance";
import { buildModel, type Model, missingRequirement } from "@echolab/model";

export interface Admission {
  readonly admitted: Model[];
  /** This machine cannot run them. */
  readonly skipped: { readonly model: string; readonly why: string }[];
  /** They lose bytes, keep others waiting, take memory without end, or do not start. */
  readonly failed: { readonly model: string; readonly why: string }[];
}

/** So many servers are checked at the same time: most cases wait, and two cores are few. */
const AT_A_TIME = 8;

interface Check {
  readonly model: Model;
  readonly testCase: Case;
}

/** No row without a right answer: who cannot be built is skipped, and who fails a case of `beforeTiming` is not timed. */
export async function admit(models: readonly Model[], seed: number): Promise<Admission> {
  const skipped: Admission["skipped"] = [];
  const runnable: Model[] = [];
  for (const model of models) {
    const why = missingRequirement(model) ?? (await buildModel(model));
    if (why) skipped.push({ model: model.name, why });
    else runnable.push(model);
  }
  // A case at a time over all models, each with a server of its own.
  const checks = beforeTiming.flatMap((testCase) => runnable.map((model) => ({ model, testCase })));
  const suspects: Check[] = [];
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let check = checks.shift(); check; check = checks.shift())
        if (await failure(check, seed)) suspects.push(check);
    }),
  );
  const failed: Admission["failed"] = [];
  // Beside others a right server may be too slow for a deadline: who failed is asked once more, alone.
  for (const check of suspects) {
    const model = check.model.name;
    if (failed.some((each) => each.model === model)) continue;
    const why = await failure(check, seed);
    if (why) failed.push({ model, why });
  }
  return { admitted: runnable.filter(({ name }) => !failed.some(({ model }) => model === name)), skipped, failed };
}

async function failure({ model, testCase }: Check, seed: number): Promise<string | undefined> {
  try {
    for await (const { verdict, why } of runCases(model, [testCase], seed))
      if (verdict === "fail") return `${testCase.id}: ${why}`;
  } catch (error) {
    return (error as Error).message; // it did not start
  }
  return undefined;
}
