import { beforeTiming, type Case, type Conditions, runCases, startLimit } from "@echolab/conformance";
import { buildModel, type Model, missingRequirement, StartError } from "@echolab/model";

export interface Admission {
  readonly admitted: Model[];
  /** This machine cannot run them. */
  readonly skipped: { readonly model: string; readonly why: string }[];
  /** They lose bytes, keep others waiting, take memory without end, are not built, or do not start. */
  readonly failed: { readonly model: string; readonly why: string }[];
}

/** So many models are checked at the same time: most cases wait, and two cores are few. */
const AT_A_TIME = 8;

/** No row without a right answer: who cannot run here is skipped, and who is not built or fails a case of `beforeTiming` is not timed. */
export async function admit(models: readonly Model[], conditions: Conditions): Promise<Admission> {
  const skipped: Admission["skipped"] = [];
  const failed: Admission["failed"] = [];
  const runnable: Model[] = [];
  for (const model of models) {
    const { missing, broken } = await built(model);
    if (missing) skipped.push({ model: model.name, why: missing });
    else if (broken) failed.push({ model: model.name, why: broken });
    else runnable.push(model);
  }
  const waiting = [...runnable];
  const suspects = new Map<Model, readonly Case[]>();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let model = waiting.shift(); model; model = waiting.shift()) {
        const failures = await check(model, beforeTiming(model.manifest), conditions);
        if (typeof failures === "string") skipped.push({ model: model.name, why: failures });
        else if (failures.size > 0) suspects.set(model, [...failures.keys()]);
      }
    }),
  );
  // Beside others a right server may be too slow for a deadline: what failed is asked once more, alone.
  for (const [model, cases] of suspects) {
    const failures = await check(model, cases, conditions);
    if (typeof failures === "string") skipped.push({ model: model.name, why: failures });
    else for (const why of [...failures.values()].slice(0, 1)) failed.push({ model: model.name, why });
  }
  const out = new Set([...skipped, ...failed].map(({ model }) => model));
  return { admitted: runnable.filter(({ name }) => !out.has(name)), skipped, failed };
}

/** Why this machine cannot run or build it, or why its build fails. */
async function built(model: Model): Promise<{ missing?: string | undefined; broken?: string | undefined }> {
  const missing = missingRequirement(model);
  if (missing) return { missing };
  try {
    return { broken: await buildModel(model) };
  } catch (error) {
    const limit = startLimit(error);
    if (!limit) throw error;
    return { missing: limit.message };
  }
}

/** The cases that fail, and why; or why the server cannot run here, as it says itself. */
async function check(
  model: Model,
  cases: readonly Case[],
  conditions: Conditions,
): Promise<Map<Case, string> | string> {
  const failures = new Map<Case, string>();
  try {
    for await (const { case: each, verdict, why } of runCases(model, cases, conditions))
      if (verdict === "fail") failures.set(each, `${each.id}: ${why}`);
  } catch (error) {
    if (error instanceof StartError && error.unavailable) return error.unavailable;
    const limit = startLimit(error);
    if (limit) return limit.message;
    for (const each of cases) failures.set(each, (error as Error).message); // it did not start
  }
  return failures;
}
