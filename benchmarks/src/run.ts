import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Model, projectRoot } from "@echolab/model";
import { type Plan, runIdle, runLoad } from "./blocks.ts";
import { enterOwnNetwork } from "./environment.ts";
import { findings } from "./findings.ts";
import { type Admission, admit } from "./gate.ts";
import { GeneratorProcess } from "./generator-process.ts";
import { machine } from "./machine.ts";
import { plan, type Request, type Step, speakers, takingPart } from "./plan.ts";
import { Random } from "./random.ts";
import type { Result, ScenarioResult, SelfTestCase } from "./result.ts";
import type { Lab } from "./scenario.ts";
import { selfTest } from "./self-test.ts";
import { runSyscalls } from "./syscalls-run.ts";
import { type TopologyName, topology } from "./topology.ts";
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

/**
 * The whole run. What is finished is on disk, whatever happens: every window in `blocks.ndjson`, and at the end, or
 * when `signal` aborts, `result.json`, `report.html` and `summary.md`.
 */
export async function runBench(
  request: Request,
  ui: Ui,
  signal: AbortSignal,
): Promise<{ result: Result; folder: string }> {
  const startedAt = new Date();
  const id = `${startedAt.toISOString().replace(/[-:]|\.\d+/g, "")}-${request.seed}`;
  const folder = join(projectRoot(), "runs", id);
  const ownNetwork = enterOwnNetwork();

  const steps = plan(request);
  const left = (from: number) => steps.slice(from).reduce((sum, { seconds }) => sum + seconds, 0);
  ui.progress("every model must echo every byte before it is timed", left(0) + 6);
  const taking = takingPart(steps, request.models);
  const { admitted, skipped, failed } = await admitOrAbort({ ...request, models: taking }, signal);
  for (const { name, manifest } of request.models.filter((model) => !taking.includes(model)))
    skipped.push({ model: name, why: `no scenario of this run is for ${manifest.protocol.toUpperCase()}` });
  const reference = referenceOf(admitted);
  const done: ScenarioResult[] = [];
  let tested: readonly SelfTestCase[] | null = null;
  const result = (): Result => ({
    version: 2,
    id,
    command: request.command,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    seed: request.seed,
    partial: signal.aborted,
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

  mkdirSync(folder, { recursive: true });
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
    sample: (record: object) => appendFileSync(join(folder, "blocks.ndjson"), `${JSON.stringify(record)}\n`),
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
  } finally {
    signal.removeEventListener("abort", interrupt);
    generators.stop();
    await write(folder, result());
  }
  return { result: result(), folder };
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

/** A load generator for each topology, because each has its processor; and those that a table needs beside it. */
class Generators {
  readonly #seed: number;
  readonly #labs = new Map<TopologyName, Lab>();
  readonly #all: GeneratorProcess[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  lab(name: TopologyName): Lab {
    const there = this.#labs.get(name);
    if (there?.generator.running) return there; // else it was killed: what comes now needs another one
    const where = topology(name);
    const another = () => {
      const generator = new GeneratorProcess(where.generator, this.#seed);
      this.#all.push(generator);
      return generator;
    };
    const lab = { generator: another(), another, topology: where, seed: this.#seed };
    this.#labs.set(name, lab);
    return lab;
  }

  stop(): void {
    for (const generator of this.#all.splice(0)) generator.stop();
    this.#labs.clear();
  }
}

/** Whole or not at all: somebody may read it, or end this process, right now. */
async function write(folder: string, result: Result): Promise<void> {
  // Only now: what draws charts takes a while to load, and nothing else needs it.
  const { renderReport, renderSummary } = await import("./report/index.ts");
  const files = {
    "result.json": `${JSON.stringify(result, null, 1)}\n`,
    "report.html": renderReport(result),
    "summary.md": renderSummary(result),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
}
