import type { Tier } from "../case.ts";
import type { Graded } from "./graded.ts";

/** What the tiers weigh, in percent; a tier without a case that counts leaves its weight to the others. */
const WEIGHTS: Record<Exclude<Tier, "informational">, number> = { must: 60, robustness: 30, bounded: 10 };
/** Who fails a must has no more than that. */
export const CAP = 59;

export interface TierScore {
  readonly tier: keyof typeof WEIGHTS;
  readonly passed: number;
  readonly of: number;
}

/** How much of each tier was passed: what was skipped, told only, or could not be verified does not count. */
export function tierScores(results: readonly Graded[]): TierScore[] {
  return (Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]).map((tier) => {
    const counted = results.filter((each) => each.case.tier === tier && isScored(each));
    return { tier, passed: counted.filter(isPassed).length, of: counted.length };
  });
}

/** 0 to 100; null where nothing counts. */
export function score(results: readonly Graded[]): number | null {
  const tiers = tierScores(results).filter(({ of }) => of > 0);
  const weight = tiers.reduce((sum, { tier }) => sum + WEIGHTS[tier], 0);
  if (weight === 0) return null;
  const points = tiers.reduce((sum, { tier, passed, of }) => sum + (WEIGHTS[tier] * passed) / of, 0);
  const whole = Math.floor((points / weight) * 100 + 1e-9);
  return isCapped(tiers) ? Math.min(CAP, whole) : whole;
}

export const isCapped = (tiers: readonly TierScore[]) =>
  tiers.some(({ tier, passed, of }) => tier === "must" && passed < of);

type Judged = Pick<Graded, "verdict">;

export const isPassed = ({ verdict }: Judged) => verdict === "pass" || verdict === "by design";
export const isFailed = ({ verdict }: Judged) => ["fail", "flaky", "not asked"].includes(verdict);
export const isScored = (each: Judged) => isPassed(each) || isFailed(each);
/** It was asked, and failed by itself: what follows from it needs nothing else. */
export const isToMend = (each: Judged & { readonly follows?: unknown }) =>
  isFailed(each) && each.verdict !== "not asked" && !each.follows;
