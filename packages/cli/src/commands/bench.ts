import { copyFileSync, mkdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Request, type Result, renderScenario, runBench, scenarios, type Ui } from "@echolab/benchmarks";
import { findModel, findModels, isOnPath, ManifestError, type Model } from "@echolab/model";
import { Command, Option } from "commander";
import { duration, names, typedIn, wholeNumber, wholeNumbers } from "../arguments.ts";
import { ProgressLine, stdout } from "../terminal.ts";

interface Options {
  quick?: boolean;
  budget?: number;
  scenario?: string[];
  clients?: number[];
  bytes?: number[];
  topology: "split" | "shared";
  seed?: number;
  json?: string;
}

export function bench(): Command {
  return new Command("bench")
    .description("Run the models against one load, and compare them")
    .argument("[models...]", "models, or folders of your own (./hw3); default: all of this checkout")
    .option("--quick", "fewer blocks: under a minute")
    .option("--budget <time>", "how long it may take, such as 5m: it decides the number of blocks", duration)
    .option("--scenario <list>", scenarios.map(({ name }) => name).join(", "), names(scenarios.map(({ name }) => name)))
    .option("--clients <list>", "numbers of clients, in throughput and crowd", wholeNumbers(1, 1000))
    .option("--bytes <list>", "sizes of a message, in round-trip and throughput", wholeNumbers(1, 262_144))
    .addOption(
      new Option("--topology <name>", "server and generator on a processor each, or on one")
        .choices(["split", "shared"])
        .default("split"),
    )
    .option("--seed <n>", "the order of the blocks, and the bytes that are sent", wholeNumber(0, 2 ** 32 - 1))
    .option("--json <file>", "where to write a copy of the result")
    .addHelpText(
      "after",
      "\nExamples:\n  pnpm bench --quick\n  pnpm bench sequential event-loop --scenario crowd\n  pnpm bench busy-wait busy-wait:when-nothing=sleep",
    )
    .action(run);
}

/** A second Ctrl-C, so many milliseconds after the first one or later, does not wait for anything. */
const IMPATIENT = 1000;

async function run(specs: string[], options: Options): Promise<void> {
  const {
    quick = false,
    budget,
    scenario,
    clients,
    bytes,
    topology,
    seed = Math.floor(Math.random() * 2 ** 32),
    json,
  } = options;
  const models = specs.length > 0 ? unique(specs.map((spec) => findModel(spec, typedIn))) : findModels();
  check(models, options);
  const request: Request = {
    ...{ models, quick, seed, topology },
    ...(budget && { budget }),
    ...(scenario && { scenarios: scenario }),
    ...(clients && { clients }),
    ...(bytes && { bytes }),
  };
  const abort = new AbortController();
  let abortedAt = Number.POSITIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // npx passes on the Ctrl-C that the terminal has sent already: what comes at once is the same one.
      if (performance.now() - abortedAt > IMPATIENT) process.exit(130);
      abortedAt = Math.min(abortedAt, performance.now());
      abort.abort();
    });
  }
  const line = new ProgressLine();
  const { result, folder } = await runBench(request, userInterface(line), abort.signal);
  line.clear();
  if (json && folder) {
    const copy = resolve(typedIn, json);
    mkdirSync(join(copy, ".."), { recursive: true });
    copyFileSync(join(folder, "result.json"), copy);
  }
  closing(result, folder);
  const wrong = result.failed.length > 0 || result.scenarios.some(({ rows }) => rows.some(({ error }) => error));
  if (result.partial) process.exit(130); // what still runs is ended by the guard
  process.exitCode = wrong ? 1 : 0;
}

function userInterface(line: ProgressLine): Ui {
  return {
    progress: (text, secondsLeft) => line.show(text, secondsLeft),
    started({ models, skipped, failed, topology, seed, machine }) {
      line.clear();
      const where =
        topology.name === "split"
          ? "server and generator on a processor each"
          : "server and generator on one processor";
      console.log(`Echolab · ${models.length} model${models.length === 1 ? "" : "s"} · ${where} · seed ${seed}`);
      console.log(
        stdout.dim(`${machine.processor} x ${machine.processors}, Linux ${machine.kernel}, Node ${machine.node}`),
      );
      for (const { model, why } of skipped) console.log(stdout.yellow(`skipped: ${model}: ${why}`));
      for (const { model, why } of failed) console.log(stdout.red(`not timed: ${model}: ${why}`));
    },
    scenario(result, reference) {
      line.clear();
      console.log(`\n${renderScenario(result, reference, stdout)}`);
    },
  };
}

function closing({ partial, findings, models }: Result, folder: string): void {
  if (findings.length > 0)
    console.log(`\n${stdout.bold("findings")}\n${findings.map((finding) => wrap(finding)).join("\n")}`);
  if (partial) console.log(stdout.yellow("\ninterrupted: only finished blocks are shown"));
  if (folder) console.log(`\nraw windows: ${relative(typedIn, join(folder, "result.json"))}`);
  const [a, b] = [models[0]?.name, models.at(-1)?.name];
  if (a !== b) console.log(`next: pnpm diff ${a} ${b}\nhow to read it: docs/how-to-read-the-table.md`);
}

/** At 80 columns, with a bullet. */
function wrap(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + word.length > 76) lines.push("");
    lines.push(`${lines.pop()} ${word}`);
  }
  return `-${lines.join("\n ")}`;
}

const unique = (models: readonly Model[]) => [
  ...new Map(models.map((model) => [`${model.folder} ${model.name}`, model])).values(),
];

/** What would be ignored, or mistaken, is wrong usage. @throws ManifestError */
function check(models: readonly Model[], { scenario, clients, bytes }: Options): void {
  const twice = models.find((model, i) => models.findIndex(({ name }) => name === model.name) !== i);
  if (twice) throw new ManifestError(`two models are called "${twice.name}": give one of the folders another name`);
  const chosen = scenarios.filter(({ name }) => scenario?.includes(name) ?? true);
  for (const [what, given] of Object.entries({ clients, bytes })) {
    const varies = ({ varies }: (typeof scenarios)[number]) => (varies as readonly string[]).includes(what);
    if (given && !chosen.some(varies)) {
      const names = scenarios.filter(varies).map(({ name }) => name);
      throw new ManifestError(`--${what} has nothing to vary here: it is for ${names.join(" and ")}`);
    }
  }
  if (!isOnPath("taskset"))
    throw new Error("bench needs taskset on PATH, to give each server its processor: it is in util-linux");
}
