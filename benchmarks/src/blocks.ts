import { type Model, noProcessLeft } from "@echolab/model";
import { Bench } from "tinybench";
import { Contestant } from "./contestant.ts";
import { clientsFor, LoadRun } from "./load-run.ts";
import { isNoisy } from "./noise.ts";
import { descriptors, mostClients, shortage } from "./own-limits.ts";
import { FEWEST } from "./plan.ts";
import type { Random } from "./random.ts";
import type { IdleResult, LoadResult } from "./result.ts";
import type { Cell, IdleSample, MemoryPoint, Window } from "./sample.ts";
import type { IdleScenario, Lab, LoadScenario } from "./scenario.ts";
import { type Measured, summarise } from "./summary.ts";

/** A run that does not agree with itself gets so many blocks more to come to terms. */
const MORE_BLOCKS = 6;
/** A block with somebody else's work in it is done again, so often at the most. */
const MOST_REPEATS = 2;

/** What the runner wants to know while blocks run. */
export interface Watch {
  /** Before each block. `resolution` as far as it is known. */
  block(done: number, of: number, resolution: number | null): void;
  /** After each window. */
  sample(record: object): void;
}

export interface Plan {
  readonly cell: Cell;
  readonly models: readonly Model[];
  readonly reference: Model;
  /** The row that a model's ratio is to; null for that row itself. */
  readonly comparedWith: (model: string) => string | null;
  readonly blocks: number;
  /** Interrupted: the block that runs is not kept. */
  readonly signal: AbortSignal;
}

/** Every server once a block, in a fresh random order; carried by tinybench. */
async function block<T, S>(contestants: readonly T[], random: Random, window: (each: T) => Promise<S>) {
  const bench = new Bench({ iterations: 1, time: 0, warmup: false });
  const samples = new Map<T, S | Error>();
  for (const [place, contestant] of random.order(contestants).entries()) {
    const run = async () => {
      const start = performance.now();
      // A throw would lose the task's samples, and say nothing of which server it was.
      samples.set(contestant, await window(contestant).catch((error: Error) => error));
      return { overriddenDuration: performance.now() - start };
    };
    bench.add(String(place), run, { async: true });
  }
  await bench.run();
  return samples;
}

export async function runIdle(
  scenario: IdleScenario,
  plan: Plan,
  lab: Lab,
  random: Random,
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
    const samples = await block(contestants, random, (each) =>
      scenario.sample(lab, each, plan.cell).finally(() => each.stop()),
    );
    if (plan.signal.aborted) break;
    for (const [{ name, exceeded }, sample] of samples) {
      const row = rows.find(({ model }) => model === name)!;
      if (exceeded) row.error = exceeded;
      else if (sample instanceof Error) row.error = whyNot(sample);
      else row.samples.push(sample);
      watch.sample({ scenario: scenario.scenario, block: number, model: name, sample });
    }
  }
  return { kind: "idle", ...about(scenario), cell: plan.cell, rows };
}

/** Why a window failed. If this machine has no room for another process, that is the reason, and not the server. */
function whyNot({ message }: Error): string {
  const words = noProcessLeft();
  return words === undefined ? message : `could not be measured: ${words}`;
}

/** A row while it is measured. */
interface Row {
  readonly run: LoadRun;
  readonly comparedWith: string | null;
  readonly windows: Window[];
  memory: MemoryPoint[];
  error: string | null;
}

export async function runLoad(
  scenario: LoadScenario,
  plan: Plan,
  lab: Lab,
  random: Random,
  watch: Watch,
): Promise<LoadResult> {
  const rows = enter(scenario, plan, lab);
  let repeated = 0;
  const summary = () => summarise(scenario.measure, rows.map(measured), lab.topology.name === "shared");
  let result = summary();
  try {
    watch.block(0, plan.blocks, null);
    await prepareAll(rows, plan);
    const most = Math.ceil(plan.blocks / 2); // so that a noisy machine does not make a run endless
    let repeats = 0;
    for (let number = 0; number < plan.blocks + (result.valid ? 0 : MORE_BLOCKS); ) {
      const standing = rows.filter(({ error }) => error === null);
      if (plan.signal.aborted || standing.length === 0) break;
      watch.block(number, Math.max(plan.blocks, number + 1), result.resolution);
      const samples = await block(standing, random, ({ run }) => run.window());
      if (plan.signal.aborted) break;
      const again =
        repeats < MOST_REPEATS &&
        repeated < most &&
        [...samples.values()].some((sample) => !(sample instanceof Error) && isNoisy(sample));
      for (const [row, sample] of samples) {
        const { name } = row.run.contestant;
        watch.sample({ scenario: scenario.scenario, cell: plan.cell, block: number, again, model: name, sample });
        if (sample instanceof Error) row.error = whyNot(sample);
        else if (!again) row.windows.push(sample);
      }
      repeated += again ? 1 : 0;
      repeats = again ? repeats + 1 : 0;
      if (again) continue;
      number += 1;
      result = summary();
    }
  } finally {
    await Promise.all(rows.map(stop));
  }
  const { measure } = scenario;
  const { clients } = plan.cell;
  const short = clients > mostClients() ? { shortage: shortage(clients) } : {};
  return { kind: "load", ...about(scenario), cell: plan.cell, measure, repeated, ...short, ...summary() };
}

/** The rows of a table: every model, and the control where there are blocks enough for it to say something. */
function enter(scenario: LoadScenario, { models, reference, cell, blocks, comparedWith }: Plan, lab: Lab): Row[] {
  const contestants = models.map((model) => new Contestant(model));
  if (scenario.control && blocks >= FEWEST)
    contestants.push(new Contestant(reference, "A'"), new Contestant(reference, "A''"));
  // One generator for all, but where the clients of all of them are more than it has descriptors.
  const isTight = cell.clients * contestants.length > descriptors() / 2;
  return contestants.map((contestant) => {
    const own = isTight ? { ...lab, generator: lab.another() } : lab;
    return {
      run: new LoadRun(contestant, scenario, cell, clientsFor(contestant.model, scenario, cell), own),
      comparedWith: contestant.role === "row" ? comparedWith(contestant.name) : reference.name,
      windows: [],
      memory: [],
      error: null,
    };
  });
}

/** Gets every server ready, and parks it: what one does must not be in the way of the next. */
async function prepareAll(rows: readonly Row[], { signal }: Plan): Promise<void> {
  for (const row of rows) {
    if (signal.aborted) return;
    const { contestant } = row.run;
    try {
      row.memory = await row.run.prepare();
      contestant.server.park();
    } catch (error) {
      if (!signal.aborted) row.error = whyNot(error as Error);
      await stop(row); // or it would be at work while the others are measured
    }
  }
}

/** A server that cannot be ended is that row's error: it must not hide what went wrong before. A limit that it has exceeded says more than both. */
async function stop(row: Row): Promise<void> {
  await row.run.stop().catch((error: Error) => {
    row.error ??= error.message;
  });
  row.error = row.run.contestant.exceeded ?? row.error;
}

const measured = ({ run, ...row }: Row): Measured => ({
  model: run.contestant.model.name,
  role: run.contestant.role,
  clients: run.clients,
  ...row,
});

const about = ({ scenario, shows, punishes }: LoadScenario | IdleScenario) => ({ scenario, shows, punishes });
