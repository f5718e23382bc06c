import { beforeTiming, runCases } from "@echolab/conformance";
import { buildModel, type Model, missingRequirement } from "@echolab/model";

export interface Admission {
  readonly admitted: Model[];
  /** This machine cannot run them. */
  readonly skipped: { readonly model: string; readonly why: string }[];
  /** They lose bytes, or do not start. */
  readonly failed: { readonly model: string; readonly why: string }[];
}

/** No row without a right answer: who cannot be built is skipped, and who fails cases 7 to 10 is not timed. */
export async function admit(models: readonly Model[], seed: number): Promise<Admission> {
  const admission: Admission = { admitted: [], skipped: [], failed: [] };
  const runnable: Model[] = [];
  for (const model of models) {
    const why = missingRequirement(model) ?? (await buildModel(model));
    if (why) admission.skipped.push({ model: model.name, why });
    else runnable.push(model);
  }
  const reasons = await Promise.all(runnable.map((model) => firstFailure(model, seed)));
  runnable.forEach((model, i) => {
    const why = reasons[i];
    if (why) admission.failed.push({ model: model.name, why });
    else admission.admitted.push(model);
  });
  return admission;
}

async function firstFailure(model: Model, seed: number): Promise<string | undefined> {
  try {
    for await (const {
      case: { id },
      verdict,
      why,
    } of runCases(model, beforeTiming, seed)) {
      if (verdict === "fail") return `${id}: ${why}`;
    }
  } catch (error) {
    return (error as Error).message; // it did not start
  }
  return undefined;
}
