import type { Result, ScenarioResult } from "@echolab/benchmarks";

/** 0: all is measured. 1: something is not, or is wrong. 3: the control found the run invalid, and `strict` asks for that. */
export function exitCode({ models, failed, scenarios, selfTest }: Result, strict: boolean): number {
  if (models.length === 0) return 1; // nothing was measured
  const errors = scenarios.some((each) => each.rows.some(({ error }) => error) || hasNoNumber(each));
  if (failed.length > 0 || errors || selfTest?.some(({ passed }) => !passed)) return 1;
  return strict && scenarios.some((each) => each.kind === "load" && !each.valid) ? 3 : 0;
}

/** Without strace the syscalls scenario has no rows: its table says so, and that is no failure. */
function hasNoNumber(result: ScenarioResult): boolean {
  if (result.kind === "load") return result.rows.every(({ summary }) => summary === null);
  return result.kind === "idle" && result.rows.every(({ samples }) => samples.length === 0);
}
