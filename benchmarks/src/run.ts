import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@echolab/model";
import { type Plan, runIdle, runLoad } from "./blocks.ts";
import { findings } from "./findings.ts";
import { type Admission, admit } from "./gate.ts";
import { GeneratorProcess } from "./generator-process.ts";
import { machine } from "./machine.ts";
import { plan, type Request, type Step } from "./plan.ts";
import type { IdleResult, LoadResult, Result } from "./result.ts";
import { Shuffle } from "./shuffle.ts";
import { topology } from "./topology.ts";

/** The model that ratios are to where it runs: it is how Node itself does it. */
const REFERENCE = "event-loop";

/** What a person sees while it runs. */
export interface Ui {
  /** One line about what is going on. Nothing is shown while a window is open. */
  progress(line: string, secondsLeft: number): void;
  started(result: Result): void;
  scenario(result: LoadResult | IdleResult, reference: string): void;
}

/**
 * The whole run. What is finished is on disk, whatever happens: every window in `blocks.ndjson`, and at the end, or
 * when `signal` aborts, `result.json`.
 */
export async function runBench(
  request: Request,
  ui: Ui,
  signal: AbortSignal,
): Promise<{ result: Result; folder: string }> {
  const startedAt = new Date();
  const id = `${startedAt.toISOString().replace(/[-:]|\.\d+/g, "")}-${request.seed}`;
  const folder = join(projectRoot(), "runs", id);
  const where = topology(request.topology);

  const steps = plan(request);
  const left = (from: number) => steps.slice(from).reduce((sum, { seconds }) => sum + seconds, 0);
  ui.progress("every model echoes 16 MiB, 64 MiB to a late reader and a half-close before it is timed", left(0) + 6);
  const interrupted = new Promise<Admission>((resolve) =>
    signal.addEventListener("abort", () => resolve({ admitted: [], skipped: [], failed: [] })),
  );
  // Nothing has been measured yet that could be lost: whoever interrupts need not wait for the check to end.
  const { admitted, skipped, failed } = await Promise.race([admit(request.models, request.seed), interrupted]);

  const reference =
    admitted.find(({ name }) => name === REFERENCE) ??
    admitted.find(({ manifest }) => manifest.clients !== 1) ?? // who serves one at a time is not ranked beside others
    admitted[0];
  const done: (LoadResult | IdleResult)[] = [];
  const result = (): Result => ({
    version: 1,
    id,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    seed: request.seed,
    partial: signal.aborted,
    topology: { name: where.name, server: where.server, generator: where.generator },
    machine: machine(),
    reference: reference?.name ?? "",
    models: admitted.map(({ name, manifest: { title } }) => ({ name, title })),
    skipped,
    failed,
    scenarios: done,
    findings: findings(done),
  });
  if (!signal.aborted) ui.started(result());
  if (!reference || signal.aborted) return { result: result(), folder: "" };

  mkdirSync(folder, { recursive: true });
  const generator = new GeneratorProcess(where.generator, request.seed);
  const interrupt = () => generator.stop();
  signal.addEventListener("abort", interrupt);
  const shuffle = new Shuffle(request.seed);
  const watch = (step: Step, rest: number) => ({
    block(number: number, of: number, resolution: number | null) {
      const about = resolution ? ` · resolution ${percent(resolution)}` : "";
      const stepLeft = step.seconds * (1 - number / of);
      ui.progress(`${step.scenario.name} · block ${number + 1}/${of}${about}`, stepLeft + rest);
    },
    sample: (record: object) => appendFileSync(join(folder, "blocks.ndjson"), `${JSON.stringify(record)}\n`),
  });
  try {
    for (const [number, step] of steps.entries()) {
      if (signal.aborted) break;
      const { scenario, cell, blocks } = step;
      const lab = { generator, topology: where };
      const own: Plan = { cell, models: admitted, reference, blocks, signal };
      const outcome =
        scenario.kind === "idle"
          ? await runIdle(scenario, own, lab, shuffle, watch(step, left(number + 1)))
          : await runLoad(scenario, own, lab, shuffle, watch(step, left(number + 1)));
      const isEmpty = outcome.rows.every((row) => ("windows" in row ? row.windows : row.samples).length === 0);
      if (signal.aborted && isEmpty) break;
      done.push(outcome);
      ui.scenario(outcome, reference.name);
    }
  } finally {
    signal.removeEventListener("abort", interrupt);
    generator.stop();
    // Whole or not at all: somebody may read it, or end this process, right now.
    writeFileSync(join(folder, "result.json.new"), `${JSON.stringify(result(), null, 1)}\n`);
    renameSync(join(folder, "result.json.new"), join(folder, "result.json"));
  }
  return { result: result(), folder };
}

/** `1.8 %` for a ratio of 1.018. */
export const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(1)} %`;
