import { createRequire } from "node:module";

let loaded: ((p: number, mean: number, deviation: number) => number) | undefined;

/** Of the standard normal distribution. It is 150 files, which are loaded when the first lognormal is drawn. */
function normalQuantile(p: number): number {
  loaded ??= createRequire(import.meta.url)("@stdlib/stats-base-dists-normal-quantile") as NonNullable<typeof loaded>;
  return loaded(p, 0, 1);
}

/**
 * How a quantity varies: always the same, evenly between two, exponential with a mean, lognormal with a median and a
 * 99th percentile, or one of several values with a weight each.
 */
export type Distribution =
  | number
  | { readonly uniform: readonly [from: number, to: number] }
  | { readonly exponential: number }
  | { readonly lognormal: { readonly median: number; readonly p99: number } }
  | { readonly choice: readonly (readonly [value: number, weight: number])[] };

/** The value below which the share `p` of all lies, 0 < p < 1: with a random p, a random draw. */
export function quantile(distribution: Distribution, p: number): number {
  if (typeof distribution === "number") return distribution;
  if ("uniform" in distribution) {
    const [from, to] = distribution.uniform;
    return from + p * (to - from);
  }
  if ("exponential" in distribution) return -Math.log1p(-p) * distribution.exponential;
  if ("lognormal" in distribution) {
    const { median, p99 } = distribution.lognormal;
    return median * (p99 / median) ** (normalQuantile(p) / normalQuantile(0.99));
  }
  const total = distribution.choice.reduce((sum, [, weight]) => sum + weight, 0);
  let left = p * total;
  for (const [value, weight] of distribution.choice) {
    left -= weight;
    if (left < 0) return value;
  }
  return distribution.choice.at(-1)![0];
}
