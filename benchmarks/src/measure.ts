import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { Measure } from "./result.ts";
import type { Window } from "./sample.ts";

export const messagesPerSecond: Measure = { name: "messages/s", unit: "1/s", better: "more" };
export const clientsPerSecond: Measure = { name: "clients/s", unit: "1/s", better: "more" };
export const allServedIn: Measure = { name: "all served in", unit: "ms", better: "less" };
export const cpuPerMessage: Measure = { name: "CPU/message", unit: "µs", better: "less" };
export const p99: Measure = { name: "p99", unit: "ms", better: "less" };
export const rateWithin: Measure = { name: "rate within the limit", unit: "1/s", better: "more" };

const NANOSECONDS = 1e6; // in a millisecond

/** What is measured, of one window, in the measure's unit: this, and nothing else, is what a value in a table comes from. */
export function valueIn({ name }: Measure, window: Window): number {
  switch (name) {
    case "messages/s":
    case "clients/s":
      return (window.replies / window.elapsed) * 1000;
    case "all served in":
      return window.elapsed;
    case "CPU/message":
      return (window.cpu / Math.max(1, window.repliesInAll)) * 1000; // of no answer, at least that
    case "rate within the limit":
      return window.rate ?? 0;
    case "p99":
      return decodeFromCompressedBase64(window.latency).getValueAtPercentile(99) / NANOSECONDS;
  }
}

/** The same as a speed: more is faster. */
export function speedIn(measure: Measure, window: Window): number {
  const value = valueIn(measure, window);
  // Of a window without any answer, neither a rate nor a time says something.
  if (window.repliesInAll === 0) return 0;
  return measure.better === "more" ? value : 1 / value;
}
