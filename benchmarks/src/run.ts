import type { Model } from "@echolab/model";
import { type Plan, runIdle, runLoad } from "./blocks.ts";
import { enterOwnNetwork } from "./environment.ts";
import { findings } from "./findings.ts";
import { type Admission, admit } from "./gate.ts";
import { Generators } from "./generators.ts";
import { machine } from "./machine.ts";
import { plan, type Request, type Step, speakers, takingPart } from "./plan.ts";
import { Random } from "./random.ts";
import type { Result, ScenarioResult, SelfTestCase } from "./result.ts";
import { RunFolder, requireRoom, runId } from "./run-folder.ts";
import type { Lab } from "./scenario.ts";
import { selfTest } from "./self-test.ts";
import { runSyscalls } from "./syscalls-run.ts";
import { topology } from "./topology.ts";
import { resolved } from "./words.ts";

/** The models that ratios are to where they run: it is how Node itself does it, over TCP and over UDP. */
const REFERENCES = ["event-loop", "udp-event-loop"];

/** What a person sees while it runs. */
export interface Ui {
  /** One line about what is going on. Nothing is shown while a window is open. */
  progress(line: string, secondsLeft: number): void;
  started(result: Result): void;
  scenario(result: ScenarioResult): void;
  selfTest(cases: readonly SelfTestCase[]): void;
}

/** What has come of a run. */
export interface Outcome {
  readonly result: Result;
  /** Empty where nothing was measured. */
  readonly folder: string;
  /** What ended it before its end, other than a person. */
  readonly failure?: Error;
  /** Why not everything is on disk. */
  readonly unwritten?: string | undefined;
}

/**
 * The whole run. What is finished is on disk, whatever happens: every window in `blocks.ndjson`, and at the end, when
 * `signal` aborts, or when something fails, `result.json`, `report.html` and `summary.md`.
 * @throws Error where the results could not be kept, before anything is done
 */
export async function runBench(request: Request, ui: Ui, signal: AbortSignal): Promise<Outcome> {
  requireRoom();
  const startedAt = new Date();
  const ownNetwork = enterOwnNetwork();

  const steps = onThisMachine(plan(request));
  const left = (from: number) => steps.slice(from).reduce((sum, { seconds }) => sum + seconds, 0);
  ui.progress("every model must echo every byte before it is timed", left(0) + 6);
  const taking = takingPart(steps, request.models);
  const { admitted, skipped, failed } = await admitOrAbort({ ...request, models: taking }, signal);
  for (const { name, manifest } of request.models.filter((model) => !taking.includes(model)))
    skipped.push({ model: name, why: `no scenario of this run is for ${manifest.protocol.toUpperCase()}` });
  const reference = referenceOf(admitted);
  const done: ScenarioResult[] = [];
  let tested: readonly SelfTestCase[] | null = null;
  let folder: RunFolder | undefined;
  let failure: Error | undefined;
  const result = (): Result => ({
    version: 2,
    id: folder?.id ?? runId(startedAt, request.seed),
    command: request.command,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    seed: request.seed,
    partial: signal.aborted || failure !== undefined,
    machine: machine(ownNetwork),
    reference: reference?.name ?? "",
    models: admitted.map(({ name, manifest: { title } }) => ({ name, title })),
    skipped,
    failed,
    selfTest: tested,
    scenarios: done,
    findings: findings(done),
  });
  if (!signal.aborted) ui.started(result());
  if (!reference || signal.aborted) return { result: result(), folder: "" };

  folder = new RunFolder(startedAt, request.seed);
  const generators = new Generators(request.seed);
  const interrupt = () => generators.stop();
  signal.addEventListener("abort", interrupt);
  const random = new Random(request.seed);
  const watch = (step: Step, rest: number) => ({
    block(number: number, of: number, resolution: number | null) {
      const about = resolution ? ` · resolution ${resolved(resolution)}` : "";
      const stepLeft = step.seconds * (1 - number / of);
      ui.progress(`${step.scenario.scenario} · block ${number + 1}/${of}${about}`, stepLeft + rest);
    },
    sample: (record: object) => folder!.append(record),
  });
  try {
    if (request.pace === "full" && !request.scenarios) {
      ui.progress("self-test of the load generator", left(0));
      tested = await selfTest(generators.lab("split"), signal).catch((error) => {
        if (signal.aborted) return null;
        throw error;
      });
      if (tested) ui.selfTest(tested);
    }
    for (const [number, step] of steps.entries()) {
      const models = speakers(step.scenario, admitted);
      const against = referenceOf(models);
      if (signal.aborted) break;
      if (!against) continue; // whoever speaks it has failed the check
      const outcome = await take(step, {
        ...{ lab: generators.lab(step.cell.topology), random, watch: watch(step, left(number + 1)) },
        plan: {
          ...{ cell: step.cell, blocks: step.blocks, models, reference: against, signal },
          comparedWith: comparison(request, against.name),
        },
      });
      if (signal.aborted && isEmpty(outcome)) break;
      done.push(outcome);
      ui.scenario(outcome);
    }
  } catch (error) {
    failure = error as Error; // what was finished before is kept and shown all the same
  }
  signal.removeEventListener("abort", interrupt);
  generators.stop();
  const final = result();
  await folder.keep(final);
  return { result: final, folder: folder.path, ...(failure && { failure }), unwritten: folder.unwritten };
}

/** The cells as they are here: where there is one processor, `split` and `shared` are the same. */
function onThisMachine(steps: readonly Step[]): Step[] {
  const here = steps.map((step) => ({
    ...step,
    cell: { ...step.cell, topology: topology(step.cell.topology).name },
  }));
  return [...new Map(here.map((step) => [JSON.stringify([step.scenario.scenario, step.cell]), step])).values()];
}

/** Whom the others are compared with. */
const referenceOf = (models: readonly Model[]): Model | undefined =>
  REFERENCES.flatMap((name) => models.find((model) => model.name === name) ?? [])[0] ??
  models.find(({ manifest }) => manifest.clients !== 1) ?? // who serves one at a time is not ranked beside others
  models[0];

/** With another revision, each server is compared with what it was; else, and where it is new, with the reference. */
function comparison({ baselines }: Request, reference: string): (model: string) => string | null {
  const isBase = (model: string) => model === reference || [...baselines.values()].includes(model);
  return (model) => baselines.get(model) ?? (isBase(model) ? null : reference);
}

/** Nothing has been measured yet that could be lost: whoever interrupts need not wait for the check to end. */
function admitOrAbort({ models, seed, slowness }: Request, signal: AbortSignal): Promise<Admission> {
  const interrupted = new Promise<Admission>((resolve) =>
    signal.addEventListener("abort", () => resolve({ admitted: [], skipped: [], failed: [] })),
  );
  return Promise.race([admit(models, { seed, slowness }), interrupted]);
}

function take(
  { scenario }: Step,
  { plan, lab, random, watch }: { plan: Plan; lab: Lab; random: Random; watch: Parameters<typeof runLoad>[4] },
): Promise<ScenarioResult> {
  switch (scenario.kind) {
    case "idle":
      return runIdle(scenario, plan, lab, random, watch);
    case "load":
      return runLoad(scenario, plan, lab, random, watch);
    case "syscalls":
      return runSyscalls(scenario, plan, lab, watch);
  }
}

const isEmpty = ({ kind, rows }: ScenarioResult) =>
  kind === "syscalls"
    ? rows.length === 0
    : rows.every(
        (row) => ("windows" in row ? row.windows : (row as { samples: readonly unknown[] }).samples).length === 0,
      );
