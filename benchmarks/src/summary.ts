import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { Window } from "./contestant.ts";
import { newHistogram } from "./recorder.ts";
import type { LoadRow, LoadSummary } from "./result.ts";
import type { LoadScenario } from "./scenario.ts";
import { type Effect, effect, holm, judge, meanInterval, median, resolution } from "./statistics.ts";

/** A contestant's windows, before they are compared. */
export type Measured = Omit<LoadRow, "summary">;

/** Beyond this share of its processor, it is what limits. */
const BUSY = 0.95;
const NANOSECONDS = 1e6; // in a millisecond

/**
 * Compares every row with the reference.
 * @param reference the name of the row that ratios are to
 * @param shareOneProcessor whether the load generator takes the servers' processor
 */
export function summarise(
  scenario: LoadScenario,
  measured: readonly Measured[],
  reference: string,
  shareOneProcessor: boolean,
): { rows: LoadRow[]; resolution: number | null; valid: boolean } {
  const speeds = (row: Measured) => row.windows.map(scenario.speed);
  const base = measured.find((row) => row.model === reference && row.role === "row");
  const isRanked = (row: Measured) => row.windows.length > 0 && !row.error && served(scenario, row.windows).all;
  const effects = new Map<Measured, Effect>();
  for (const row of measured) {
    if (row !== base && base && isRanked(row) && isRanked(base)) effects.set(row, effect(speeds(row), speeds(base)));
  }
  const control = measured.find(({ role }) => role === "A'");
  const resolved = control && effects.has(control) ? resolution(effects.get(control)!) : null;
  const judged = [...effects.keys()].filter(({ role }) => role !== "A'");
  const adjusted = holm(judged.map((row) => effects.get(row)!.p));
  const valid = isValid(scenario, measured, base);
  const rows = measured.map((row) => ({
    ...row,
    summary:
      row.windows.length === 0
        ? null
        : {
            ...ofWindows(scenario, row.windows, shareOneProcessor),
            effect: effects.get(row) ?? null,
            verdict:
              valid && resolved && judged.includes(row)
                ? judge(effects.get(row)!, adjusted[judged.indexOf(row)]!, resolved)
                : null,
          },
  }));
  return { rows, resolution: resolved, valid };
}

/** False only if A'' is not A: its 99.9 % interval excludes 1, and by more than 5 %. */
function isValid(scenario: LoadScenario, measured: readonly Measured[], base: Measured | undefined): boolean {
  const witness = measured.find(({ role }) => role === "A''");
  if (!witness || !base || witness.windows.length !== base.windows.length || base.windows.length < 2) return true;
  const logs = witness.windows.map((window, block) =>
    Math.log(scenario.speed(window) / scenario.speed(base.windows[block]!)),
  );
  const { low, high } = meanInterval(logs, 0.999);
  return (low <= 0 && high >= 0) || Math.abs(median(logs)) <= Math.log(1.05);
}

function ofWindows(
  scenario: LoadScenario,
  windows: readonly Window[],
  shareOneProcessor: boolean,
): Omit<LoadSummary, "effect" | "verdict"> {
  const { all: ranked, worst } = served(scenario, windows);
  const total = (value: (window: Window) => number) => windows.reduce((sum, window) => sum + value(window), 0);
  const replies = total((window) => window.repliesInAll);
  const perReply = (milliseconds: number) => (replies === 0 ? null : (milliseconds / replies) * 1000);
  return {
    value: median(windows.map(scenario.value)),
    ranked,
    served: worst.everServed,
    offered: worst.offered,
    effectiveClients: median(windows.map((window) => window.effectiveClients)),
    cpuPerReply: perReply(total((window) => window.cpu)),
    generatorCpuPerReply: perReply(total((window) => window.generatorCpu)),
    longestWait: Math.max(...windows.map((window) => window.longestWait)),
    ...(ranked ? percentiles(windows) : { p50: null, p99: null }),
    limit: ranked ? limit(windows, shareOneProcessor) : "starvation",
  };
}

/** Of all windows' histograms, merged; null where fewer than 10/(1-p) answers tell it. */
function percentiles(windows: readonly Window[]): { p50: number | null; p99: number | null } {
  const merged = newHistogram();
  for (const window of windows) merged.add(decodeFromCompressedBase64(window.latency));
  const at = (p: number) =>
    merged.totalCount < 10 / (1 - p) ? null : merged.getValueAtPercentile(p * 100) / NANOSECONDS;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Who was busy all the time; on a shared processor, who had more of it. */
function limit(windows: readonly Window[], shareOneProcessor: boolean): "server" | "generator" | "waking" {
  const server = median(windows.map(({ cpu, elapsed }) => cpu / elapsed));
  const generator = median(windows.map(({ generatorBusy }) => generatorBusy));
  if (shareOneProcessor) return server + generator < BUSY ? "waking" : server > generator ? "server" : "generator";
  // The generator first: a server that spins is always busy, and says nothing by it.
  if (generator >= BUSY) return "generator";
  return server >= BUSY ? "server" : "waking";
}

/** Whether every client got an answer: where clients stay, in any window; where they come anew, each in its own. */
function served({ keepsClients }: LoadScenario, windows: readonly Window[]): { all: boolean; worst: Window } {
  const counted = keepsClients ? windows.slice(-1) : windows;
  const share = ({ everServed, offered }: Window) => everServed / offered;
  const worst = counted.reduce((a, b) => (share(b) < share(a) ? b : a));
  return { all: worst.everServed === worst.offered, worst };
}
