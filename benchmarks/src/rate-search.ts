import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { Window } from "./sample.ts";
import type { Limit } from "./scenario.ts";

/** From a 64th of what it does in a closed loop to twice that, halved seven times: to 4 %. */
const LEAST = 1 / 64;
const MOST = 2;
const STEPS = 7;

const shares = { p50: 0.5, p90: 0.9, p99: 0.99, "p99.9": 0.999 };

/**
 * The window at the highest rate that keeps the limit, found by bisection; that of the lowest rate tried, with a rate
 * of 0, where none does.
 * @param capacity messages a second, in a closed loop
 */
export async function searchRate(
  limit: Limit,
  capacity: number,
  open: (rate: number) => Promise<Window>,
): Promise<Window> {
  let [low, high] = [Math.log(Math.max(1, capacity) * LEAST), Math.log(Math.max(1, capacity) * MOST)];
  let best: Window | undefined;
  let last: Window | undefined;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    last = await open(Math.exp(middle));
    if (keeps(limit, last)) [low, best] = [middle, last];
    else high = middle;
  }
  return best ?? { ...last!, rate: 0 };
}

/** Whoever was not answered has waited longer than the window was open: it counts as beyond any limit. */
export function keeps({ name, milliseconds }: Limit, window: Window): boolean {
  const share = shares[name];
  const asked = window.repliesInAll + window.unanswered;
  if (window.unanswered > (1 - share) * asked || window.repliesInAll === 0) return false;
  return decodeFromCompressedBase64(window.latency).getValueAtPercentile(share * 100) / 1e6 < milliseconds;
}
