import type { Case } from "../case.ts";
import { needsOf } from "../cases.ts";
import type { Graded } from "./graded.ts";
import { isFailed } from "./score.ts";

/**
 * The case whose failure this failure comes from: of all that it needs, and that those need, the first that has failed;
 * undefined where it stands for itself. A wrong answer comes from an earlier wrong answer. A server that ends, does so
 * for a reason of its own, unless it ended alike before. And whatever else is wrong, such as descriptors
 * that are kept, is a mistake of its own, unless the case says otherwise (`symptomOf`).
 */
export function rootOf(failed: Graded, results: ReadonlyMap<Case, Graded>): Case | undefined {
  const search = (each: Case, isSymptom: boolean): Case | undefined => {
    for (const need of needsOf(each)) {
      const isSymptomOf = isSymptom && (each.symptomOf ?? []).includes(need.number);
      const deeper = search(need, isSymptomOf);
      if (deeper) return deeper;
      const result = results.get(need);
      if (result && isFailed(result) && !result.opposite && comesFrom(failed, result, isSymptomOf)) return need;
    }
    return undefined;
  };
  return isFailed(failed) ? search(failed.case, true) : undefined;
}

function comesFrom(failed: Graded, need: Graded, isSymptom: boolean): boolean {
  if (failed.about === "end") return need.about === "end" && endedAlike(failed, need);
  return isSymptom || failed.about === "answer";
}

/** For the same cause, as `read ECONNRESET` and `write EPIPE` have; or, of an unknown one, with the same words. */
function endedAlike(one: Graded, other: Graded): boolean {
  const { cause } = one.explanation ?? {};
  return cause === undefined ? wordsOf(one) === wordsOf(other) : cause === other.explanation?.cause;
}

/** Without the numbers, which differ from run to run. */
const wordsOf = ({ why = "" }: Graded) => why.replace(/^.*?the server (was )?ended/s, "").replace(/\d[\da-f]*/g, "#");

/** How many needs stand behind a case. */
export const depth = (each: Case): number => Math.max(0, ...needsOf(each).map((need) => 1 + depth(need)));
