import type { Model } from "@echolab/model";
import { Bench } from "tinybench";
import { Contestant, type Window } from "./contestant.ts";
import { FEWEST } from "./plan.ts";
import type { IdleResult, LoadResult } from "./result.ts";
import type { Cell, IdleSample, IdleScenario, Lab, LoadScenario } from "./scenario.ts";
import type { Shuffle } from "./shuffle.ts";
import { type Measured, summarise } from "./summary.ts";

/** A run that does not agree with itself gets so many blocks more to come to terms. */
const MORE_BLOCKS = 6;

/** What the runner wants to know while blocks run. */
export interface Watch {
  /** Before each block. `resolution` as far as it is known. */
  block(done: number, of: number, resolution: number | null): void;
  /** After each window that is to be kept. */
  sample(record: object): void;
}

export interface Plan {
  readonly cell: Cell;
  readonly models: readonly Model[];
  readonly reference: Model;
  readonly blocks: number;
  /** Interrupted: the block that runs is not kept. */
  readonly signal: AbortSignal;
}

/** Every server once a block, in a fresh random order; carried by tinybench. */
async function block<T>(
  contestants: readonly Contestant[],
  shuffle: Shuffle,
  window: (each: Contestant) => Promise<T>,
) {
  const bench = new Bench({ iterations: 1, time: 0, warmup: false });
  const samples = new Map<Contestant, T | Error>();
  for (const contestant of shuffle.order(contestants)) {
    const run = async () => {
      const start = performance.now();
      // A throw would lose the task's samples, and say nothing of which server it was.
      samples.set(contestant, await window(contestant).catch((error: Error) => error));
      return { overriddenDuration: performance.now() - start };
    };
    bench.add(contestant.name, run, { async: true });
  }
  await bench.run();
  return samples;
}

export async function runIdle(
  scenario: IdleScenario,
  plan: Plan,
  lab: Lab,
  shuffle: Shuffle,
  watch: Watch,
): Promise<IdleResult> {
  const rows = plan.models.map((model) => ({
    model: model.name,
    error: null as string | null,
    samples: [] as IdleSample[],
  }));
  for (let number = 0; number < plan.blocks && !plan.signal.aborted; number += 1) {
    watch.block(number, plan.blocks, null);
    const contestants = plan.models.map((model) => new Contestant(model));
    const samples = await block(contestants, shuffle, (each) =>
      scenario.sample(lab, each, plan.cell).finally(() => each.stop()),
    );
    if (plan.signal.aborted) break;
    for (const [{ name }, sample] of samples) {
      const row = rows.find(({ model }) => model === name)!;
      if (sample instanceof Error) row.error = sample.message;
      else row.samples.push(sample);
      watch.sample({ scenario: scenario.name, block: number, model: name, sample });
    }
  }
  return { kind: "idle", scenario: scenario.name, ...plan.cell, rows };
}

export async function runLoad(
  scenario: LoadScenario,
  plan: Plan,
  lab: Lab,
  shuffle: Shuffle,
  watch: Watch,
): Promise<LoadResult> {
  const contestants = plan.models.map((model) => new Contestant(model));
  // What a control says of fewer blocks is not worth its time.
  if (scenario.control && plan.blocks >= FEWEST)
    contestants.push(new Contestant(plan.reference, "A'"), new Contestant(plan.reference, "A''"));
  const measured = new Map(
    contestants.map((each) => [each, { windows: [] as Window[], error: null as string | null }]),
  );
  const rows = (): Measured[] => [...measured].map(([{ model, role }, row]) => ({ model: model.name, role, ...row }));
  const standing = () => contestants.filter((each) => measured.get(each)!.error === null);
  let result = summarise(scenario, rows(), plan.reference.name, lab.topology.name === "shared");
  try {
    for (const each of contestants) {
      if (plan.signal.aborted) break;
      watch.block(0, plan.blocks, null);
      try {
        await scenario.prepare(lab, each, plan.cell);
        each.server.park();
      } catch (error) {
        if (!plan.signal.aborted) measured.get(each)!.error = (error as Error).message;
        await each.stop(); // or it would be at work while the others are measured
      }
    }
    for (let number = 0; number < plan.blocks + (result.valid ? 0 : MORE_BLOCKS); number += 1) {
      if (plan.signal.aborted || standing().length === 0) break;
      watch.block(number, Math.max(plan.blocks, number + 1), result.resolution);
      const samples = await block(standing(), shuffle, (each) => scenario.window(lab, each, plan.cell));
      if (plan.signal.aborted) break;
      for (const [each, sample] of samples) {
        const row = measured.get(each)!;
        if (sample instanceof Error) row.error = sample.message;
        else row.windows.push(sample);
        watch.sample({ scenario: scenario.name, ...plan.cell, block: number, model: each.name, sample });
      }
      result = summarise(scenario, rows(), plan.reference.name, lab.topology.name === "shared");
    }
  } finally {
    for (const { name } of contestants) await lab.generator.ask({ op: "disconnect", target: name }).catch(() => {});
    await Promise.all(contestants.map((each) => each.stop()));
  }
  return { kind: "load", scenario: scenario.name, ...plan.cell, ...result };
}
