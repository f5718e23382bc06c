// What the runs have in common is their block: everything here is about paired logarithms of ratios, one a block.

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The median of a sample, and the interval of order statistics around it. */
export interface Estimate extends Interval {
  readonly value: number;
  /** The probability that the interval covers the true median, 0 to 1. */
  readonly coverage: number;
}

/** An effect as a ratio: the median over the blocks, and its interval. */
export interface Effect extends Interval {
  readonly ratio: number;
  /** The probability that the interval covers the true median, 0 to 1. */
  readonly coverage: number;
  /** Two-sided p-value of "the ratio is 1", not adjusted. */
  readonly p: number;
  readonly blocks: number;
}

/**
 * The ratio of `values` to `reference`, block by block.
 * @param values and `reference`: positive, of the same length, in the order of the blocks; at least one
 */
export function effect(values: readonly number[], reference: readonly number[]): Effect {
  const logs = values.map((value, block) => Math.log(value / reference[block]!));
  const { low, high, coverage } = medianInterval(logs, 0.95);
  return {
    ratio: Math.exp(median(logs)),
    low: Math.exp(low),
    high: Math.exp(high),
    coverage,
    p: pairedT(logs),
    blocks: logs.length,
  };
}

/** @param values at least one */
export function estimate(values: readonly number[]): Estimate {
  return { value: median(values), ...medianInterval(values, 0.95) };
}

/**
 * What y rises by for one of x, from the first point to the last. One step that is larger than all the others together is left
 * out: it has happened once, and not with each. Undefined with fewer than two points.
 */
export function slope(points: readonly (readonly [x: number, y: number])[]): number | undefined {
  const steps = points.slice(1).map(([x, y], i) => ({ run: x - points[i]![0], rise: y - points[i]![1] }));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const all = sum(steps.map(({ rise }) => Math.abs(rise)));
  const kept = steps.length < 4 ? steps : steps.filter(({ rise }) => 2 * Math.abs(rise) <= all);
  return kept.length > 0 ? sum(kept.map(({ rise }) => rise)) / sum(kept.map(({ run }) => run)) : undefined;
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/**
 * The narrowest pair of order statistics, symmetric, that covers the median with at least `level`, whatever the
 * distribution; the smallest and the largest where none does (of 5: 93.75 %, of 6: 96.9 %).
 * Hahn and Meeker, Statistical Intervals, section 5.2.
 */
export function medianInterval(values: readonly number[], level: number): Interval & { coverage: number } {
  const sorted = sort(values);
  const n = sorted.length;
  let outside = 0.5 ** n; // P(fewer than `cut + 1` of n lie below the median), for cut = 0
  let cut = 0;
  for (let term = outside; cut + 1 < n / 2; cut += 1) {
    term *= (n - cut) / (cut + 1);
    if (1 - 2 * (outside + term) < level) break;
    outside += term;
  }
  return { low: sorted[cut]!, high: sorted[n - 1 - cut]!, coverage: 1 - 2 * outside };
}

/** Student's paired t: the two-sided p-value of "the mean of these differences is 0"; 1 for fewer than two of them. */
export function pairedT(differences: readonly number[]): number {
  const n = differences.length;
  if (n < 2) return 1;
  const { mean, standardError } = meanAndError(differences);
  if (standardError === 0) return mean === 0 ? 1 : 0;
  return tTail(mean / standardError, n - 1);
}

/** The interval of the mean by Student's t, at `level`. It is bounded for two values and more. */
export function meanInterval(values: readonly number[], level: number): Interval {
  const { mean, standardError } = meanAndError(values);
  const reach = tQuantile(1 - level, values.length - 1) * standardError;
  return { low: mean - reach, high: mean + reach };
}

/** Holm's step-down adjustment: p-values that may be compared with the level of the whole table. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted: number[] = [];
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

export type Judgement = "faster" | "slower" | "~";

/**
 * "faster" or "slower" only where the interval clears 1 by more than the run can resolve, and the p-value, adjusted
 * for the whole table, is below 5 %.
 * @param resolution the ratio, 1 or more, that the same server against itself may show
 */
export function judge({ low, high }: Interval, adjustedP: number, resolution: number): Judgement {
  if (adjustedP >= 0.05) return "~";
  if (low > resolution) return "faster";
  return high < 1 / resolution ? "slower" : "~";
}

/** The ratio, 1 or more, that two processes of one server differ by: the far end of their interval. */
export function resolution({ low, high }: Effect): number {
  return Math.max(high, 1 / low);
}

/** P(|T| >= |t|) of Student's distribution. @param freedom degrees of freedom, 1 or more */
export function tTail(t: number, freedom: number): number {
  const sum = freedom + t * t;
  return incompleteBeta(freedom / sum, (t * t) / sum, freedom / 2, 0.5);
}

/** The t that `tTail` puts at `tail`, by bisection. */
function tQuantile(tail: number, freedom: number): number {
  let [low, high] = [0, 1e6];
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (tTail(middle, freedom) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The regularised incomplete beta function, by its continued fraction (NIST DLMF 8.17.22), Lentz's method.
 * @param rest 1 - x, which the caller knows more precisely
 */
function incompleteBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(rest, x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest)) / a;
  const away = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value); // from zero
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 500; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** Lanczos' approximation, g = 7, to about 15 digits for positive x. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const series = LANCZOS.reduce((sum, coefficient, i) => sum + (i === 0 ? coefficient : coefficient / (x - 1 + i)), 0);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function meanAndError(values: readonly number[]): { mean: number; standardError: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, standardError: Math.sqrt(variance / n) };
}

const sort = (values: readonly number[]) => [...values].sort((a, b) => a - b);
