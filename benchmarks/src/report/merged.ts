import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Window } from "../sample.ts";

const NANOSECONDS = 1e6; // in a millisecond

/** All the windows' latencies together; null without a window. */
export function merged(windows: readonly Window[]): Histogram | null {
  const [first, ...rest] = windows.map(({ latency }) => decodeFromCompressedBase64(latency));
  if (!first) return null;
  for (const histogram of rest) first.add(histogram);
  return first;
}

/** The latency that a share of the answers did not exceed. */
export const milliseconds = (histogram: Histogram, share: number) =>
  histogram.getValueAtPercentile(share * 100) / NANOSECONDS;
