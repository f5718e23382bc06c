import { decodeFromCompressedBase64, type Histogram } from "hdr-histogram-js";
import { speedIn, valueIn } from "./measure.ts";
import { newHistogram } from "./recorder.ts";
import type { LoadRow, LoadSummary, Measure, Percentile } from "./result.ts";
import type { Window } from "./sample.ts";
import {
  type Effect,
  effect,
  estimate,
  holm,
  type Judgement,
  judge,
  meanInterval,
  median,
  resolution,
  slope,
} from "./statistics.ts";

/** A contestant's windows, before they are compared. */
export type Measured = Omit<LoadRow, "summary">;

/** Beyond this share of its processor, it is what limits. */
const BUSY = 0.95;
/** An open loop in which at least this share of what was to be sent was answered had its schedule as its limit. */
const KEPT_UP = 0.99;
/** Clients of one window that take a larger share of the local ports find few left: those of the window before are still taken. */
const MOST_PORTS = 0.25;
const NANOSECONDS = 1e6; // in a millisecond

/**
 * Compares every row with the one that it is to be compared with.
 * @param shareOneProcessor whether the load generator takes the servers' processor
 */
export function summarise(
  measure: Measure,
  measured: readonly Measured[],
  shareOneProcessor: boolean,
): { rows: LoadRow[]; resolution: number | null; valid: boolean } {
  const effects = effectsOf(measure, measured);
  const control = measured.find(({ role }) => role === "A'");
  const resolved = control && effects.has(control) ? resolution(effects.get(control)!) : null;
  const valid = isValid(measure, measured);
  const verdicts = valid && resolved ? judgeAll(effects, resolved) : new Map<Measured, Judgement>();
  const sequential = measured.find(({ model, role }) => model === "sequential" && role === "row");
  const rows = measured.map((row) => ({
    ...row,
    summary:
      row.windows.length === 0
        ? null
        : {
            ...ofWindows(measure, row, shareOneProcessor),
            effect: effects.get(row) ?? null,
            verdict: verdicts.get(row) ?? null,
            cpuAboveSequential: measure.name === "clients/s" && sequential ? above(row, sequential) : null,
          },
  }));
  return { rows, resolution: resolved, valid };
}

/** The ratios of those that may be compared. */
function effectsOf(measure: Measure, measured: readonly Measured[]): Map<Measured, Effect> {
  const speeds = (row: Measured) => row.windows.map((window) => speedIn(measure, window));
  // A window without any answer has no speed.
  const isRanked = (row: Measured) =>
    row.windows.length > 0 && !row.error && served(row.windows).all && speeds(row).every((speed) => speed > 0);
  const effects = new Map<Measured, Effect>();
  for (const row of measured) {
    const base = measured.find(({ model, role }) => role === "row" && model === row.comparedWith);
    // With fewer clients, its load was another one.
    if (base && base.clients === row.clients && isRanked(row) && isRanked(base))
      effects.set(row, effect(speeds(row), speeds(base)));
  }
  return effects;
}

/** A'' is judged like any other row; A' is what the resolution comes from. */
function judgeAll(effects: ReadonlyMap<Measured, Effect>, resolved: number): Map<Measured, Judgement> {
  const judged = [...effects].filter(([{ role }]) => role !== "A'");
  const adjusted = holm(judged.map(([, { p }]) => p));
  return new Map(judged.map(([row, effect], i) => [row, judge(effect, adjusted[i]!, resolved)]));
}

/** False only if A'' is not A: its 99.9 % interval excludes 1, and by more than 5 %. */
function isValid(measure: Measure, measured: readonly Measured[]): boolean {
  const witness = measured.find(({ role }) => role === "A''");
  const base = measured.find(({ model, role }) => role === "row" && model === witness?.comparedWith);
  if (!witness || !base || witness.windows.length !== base.windows.length || base.windows.length < 2) return true;
  const logs = witness.windows.map((window, block) =>
    Math.log(speedIn(measure, window) / speedIn(measure, base.windows[block]!)),
  );
  const { low, high } = meanInterval(logs, 0.999);
  return (low <= 0 && high >= 0) || Math.abs(median(logs)) <= Math.log(1.05);
}

function ofWindows(
  measure: Measure,
  { windows, memory }: Measured,
  shareOneProcessor: boolean,
): Omit<LoadSummary, "effect" | "verdict" | "cpuAboveSequential"> {
  const { all: ranked, worst } = served(windows);
  const isOpenLoop = windows[0]!.rate !== null;
  return {
    value: estimate(windows.map((window) => valueIn(measure, window))),
    ranked,
    served: worst.everServed,
    offered: worst.offered,
    effectiveClients: median(windows.map((window) => window.effectiveClients)),
    cpuPerReply: perReply(windows, ({ cpu }) => cpu),
    generatorCpuPerReply: perReply(windows, ({ generatorCpu }) => generatorCpu),
    rate: median(windows.map(({ replies, elapsed }) => (replies / elapsed) * 1000)),
    offeredRate: isOpenLoop ? median(windows.map(({ rate }) => rate!)) : null,
    longestWait: Math.max(...windows.map((window) => window.longestWait)),
    // In a closed loop, whoever is left out asks once: what the others got would hide it.
    ...percentiles(ranked || isOpenLoop ? windows : []),
    serviceP99: isOpenLoop ? at(merge(windows, "service"), 0.99) : null,
    latenessP99: isOpenLoop ? at(merge(windows, "lateness"), 0.99) : null,
    memoryPerClient: slope(memory.map(({ clients, bytes }) => [clients, bytes])) ?? null,
    datagrams: datagrams(windows),
    ceiling: median(windows.map(({ replies, elapsed, generatorBusy }) => ((replies / elapsed) * 1000) / generatorBusy)),
    limit: ranked ? limit(windows, shareOneProcessor) : "starvation",
  };
}

/** Shares of all that were sent. */
function datagrams(windows: readonly Window[]): LoadSummary["datagrams"] {
  const total = (of: (seen: NonNullable<Window["datagrams"]>) => number) =>
    windows.reduce((sum, { datagrams }) => sum + (datagrams ? of(datagrams) : 0), 0);
  const sent = windows.reduce(
    (sum, { repliesInAll }) => sum + repliesInAll,
    total(({ lost }) => lost),
  );
  if (!windows[0]!.datagrams || sent === 0) return null;
  return {
    lost: total(({ lost }) => lost) / sent,
    duplicates: total(({ duplicates }) => duplicates) / sent,
    reordered: total(({ reordered }) => reordered) / sent,
  };
}

/** Microseconds for one answer, of a time in milliseconds; over all windows. */
function perReply(windows: readonly Window[], time: (window: Window) => number): number | null {
  const total = (value: (window: Window) => number) => windows.reduce((sum, window) => sum + value(window), 0);
  const replies = total((window) => window.repliesInAll);
  return replies === 0 ? null : (total(time) / replies) * 1000;
}

function above(row: Measured, baseline: Measured): number | null {
  const [own, least] = [row, baseline].map(({ windows }) => perReply(windows, ({ cpu }) => cpu));
  return own == null || least == null ? null : own - least;
}

function percentiles(windows: readonly Window[]): Pick<LoadSummary, "p50" | "p90" | "p99" | "p999"> {
  const merged = merge(windows, "latency");
  const censoredFrom = Math.min(...windows.map((window) => window.censoredFrom ?? Number.POSITIVE_INFINITY));
  const percentile = (p: number): Percentile | null => {
    const milliseconds = at(merged, p);
    return milliseconds === null ? null : { milliseconds, atLeast: milliseconds >= censoredFrom };
  };
  return { p50: percentile(0.5), p90: percentile(0.9), p99: percentile(0.99), p999: percentile(0.999) };
}

/** Percentiles are of all windows together: the mean of percentiles is none. */
function merge(windows: readonly Window[], which: "latency" | "service" | "lateness"): Histogram {
  const merged = newHistogram();
  for (const window of windows) merged.add(decodeFromCompressedBase64(window[which]!));
  return merged;
}

/** In milliseconds; null where fewer than 10/(1-p) samples tell it. */
const at = (histogram: Histogram, p: number): number | null =>
  histogram.totalCount < 10 / (1 - p) - 1e-6 ? null : histogram.getValueAtPercentile(p * 100) / NANOSECONDS;

/** Who was busy all the time; on a shared processor, who had more of it. */
function limit(windows: readonly Window[], shareOneProcessor: boolean): LoadSummary["limit"] {
  const total = (value: (window: Window) => number) => windows.reduce((sum, window) => sum + value(window), 0);
  const server = median(windows.map(({ cpu, elapsed }) => cpu / elapsed));
  const generator = median(windows.map(({ generatorBusy }) => generatorBusy));
  const planned = total(({ rate, elapsed }) => ((rate ?? 0) * elapsed) / 1000);
  if (windows.some(({ localPorts, offered }) => localPorts !== undefined && offered > localPorts * MOST_PORTS))
    return "ports";
  if (planned > 0 && total(({ replies }) => replies) >= KEPT_UP * planned) return "schedule";
  if (shareOneProcessor) return server + generator < BUSY ? "waking" : server > generator ? "server" : "generator";
  // The generator first: a server that spins is always busy, and says nothing by it.
  if (generator >= BUSY) return "generator";
  return server >= BUSY ? "server" : "waking";
}

/** Whether every client got an answer: where clients stay, in any window; where they come anew, each in its own. */
function served(windows: readonly Window[]): { all: boolean; worst: Window } {
  const share = ({ everServed, offered }: Window) => everServed / offered;
  const counted = windows[0]!.stay ? windows.slice(-1) : windows; // the last one knows of those before it
  const worst = counted.reduce((a, b) => (share(b) < share(a) ? b : a));
  return { all: worst.everServed === worst.offered, worst };
}
