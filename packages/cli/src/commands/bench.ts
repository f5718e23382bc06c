import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Limit,
  mayPin,
  otherBench,
  parseWorkload,
  type Rate,
  type Request,
  type Result,
  rateSearch,
  runBench,
  scenarios,
  topologies,
} from "@echolab/benchmarks";
import {
  findModel,
  findModels,
  isOnPath,
  ManifestError,
  type Model,
  type Output,
  openOutput,
  type Place,
  projectRoot,
  slowness,
} from "@echolab/model";
import { Command, Option } from "commander";
import { duration, limit, names, rates, typedIn, wholeNumber, wholeNumbers } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { modelsOfRevision } from "../revision.ts";
import { ProgressLine, quoted, stderr } from "../terminal.ts";
import { check } from "./bench-check.ts";
import { exitCode } from "./bench-exit.ts";
import { benchTerminal, closing } from "./bench-terminal.ts";

interface Options {
  quick?: boolean;
  full?: boolean;
  budget?: number;
  scenario?: string[];
  clients?: number[];
  bytes?: number[];
  depth?: number[];
  rate?: Rate[];
  topology?: (typeof topologies)[number][];
  workload?: string;
  slo?: Limit;
  withLimits?: boolean;
  withPeers?: boolean;
  against?: string;
  seed?: number;
  json?: string;
  strict?: boolean;
}

const scenarioNames = scenarios.map(({ scenario }) => scenario);

export function bench(): Command {
  return new Command("bench")
    .description("Run the models against one load, and compare them")
    .argument("[models...]", "models, or folders of your own (./hw3); default: all of this checkout")
    .optionsGroup("How much:")
    .addOption(new Option("--quick", "fewer scenarios and blocks: under a minute for five models").conflicts("full"))
    .option("--full", "all scenarios, sizes and topologies, the system calls, and the load generator's self-test")
    .option("--budget <time>", "how long it may take, such as 5m: it decides the number of blocks", duration)
    .optionsGroup("Which load:")
    .option("--scenario <list>", scenarioNames.join(", "), names(scenarioNames))
    .addOption(
      new Option("--workload <file>", "a load of your own (see benchmarks/workloads)").conflicts(["scenario", "slo"]),
    )
    .addOption(
      new Option("--slo <limit>", 'the highest rate that keeps a limit, such as "p99<5ms"')
        .argParser(limit)
        .conflicts("scenario"),
    )
    .option("--clients <list>", "numbers of clients, such as 10,100", wholeNumbers(1, 10_000))
    .option("--bytes <list>", "sizes of a message", wholeNumbers(1, 262_144))
    .option("--depth <list>", "messages that each client has under way", wholeNumbers(1, 1000))
    .option("--rate <list>", "of an open loop: messages a second, or shares of capacity, such as 10000,50%", rates)
    .option("--topology <list>", `${topologies.join(", ")}: who runs on which processor`, names(topologies))
    .optionsGroup("Who else:")
    .option("--with-limits", "the servers in C: what this machine can do")
    .option("--with-peers", "what others do out of the box, where their toolchains are: Go, Python, Bun, Deno")
    .option("--against <revision>", "the same servers of another git revision, in the same blocks")
    .optionsGroup("And:")
    .option("--seed <n>", "the order of the blocks, and the bytes that are sent", wholeNumber(0, 2 ** 32 - 1))
    .option("--json <file>", "where to write a copy of the result")
    .option("--strict", "exit code 3 when the control finds the run invalid")
    .addHelpText(
      "after",
      `
Examples:
  pnpm bench --quick
  pnpm bench sequential event-loop --scenario crowd --clients 5,20,50
  pnpm bench busy-wait busy-wait:when-nothing=sleep --topology split,shared
  pnpm bench event-loop --with-limits --slo "p99<2ms"
  pnpm bench --workload benchmarks/workloads/chat.json
  pnpm bench event-loop --against HEAD~1`,
    )
    .action(run);
}

async function run(specs: string[], options: Options): Promise<void> {
  if (!isOnPath("taskset"))
    throw new Error("bench needs taskset on PATH, to give each server its processor: it is in util-linux");
  const { seed = Math.floor(Math.random() * 2 ** 32), json, strict, against } = options;
  const chosen = models(specs, options);
  const copy = json === undefined ? undefined : openOutput(json, typedIn);
  const abort = interrupted();
  const line = new ProgressLine();
  const others = against ? await revision(against, chosen, abort, line) : [];
  const request = {
    ...load(options),
    command: ["pnpm bench", ...process.argv.slice(3).map(quoted)].join(" "),
    models: others.length > 0 ? chosen.flatMap((model) => [model, ...others.filter(isOf(model, against!))]) : chosen,
    baselines: new Map(others.map(({ name }) => [name.slice(0, -`@${against}`.length), name])),
    seed,
  };
  check(request);
  const since = await otherBench();
  if (since)
    console.error(
      stderr.yellow(`another bench has been running since ${clockTime(since)}: each disturbs the other's numbers`),
    );
  if (!mayPin()) console.error(stderr.yellow("taskset may not choose processors here: the topology is free"));
  const outcome = await runBench({ ...request, slowness: slowness() }, benchTerminal(line), abort);
  line.clear();
  const problems = [
    outcome.failure?.message,
    outcome.unwritten,
    outcome.folder && copy && whyUnwritten(copy, outcome.result),
  ];
  closing(outcome);
  for (const problem of problems) if (problem) console.error(`${stderr.red("error:")} ${problem}`);
  if (abort.aborted) process.exit(130); // what still runs is ended by the guard
  process.exitCode = problems.some(Boolean) ? 1 : exitCode(outcome.result, strict ?? false);
}

/** The run is over: a failed write is reported, and does not end the program. */
function whyUnwritten(copy: Output, result: Result): string | undefined {
  try {
    copy.finish(`${JSON.stringify(result, null, 1)}\n`);
    return undefined;
  } catch (error) {
    return `${copy.path}: ${(error as Error).message}`;
  }
}

const clockTime = (date: Date) => date.toTimeString().slice(0, 5);

function models(specs: readonly string[], { withLimits, withPeers }: Options): Model[] {
  const own = specs.length > 0 ? specs.map((spec) => findModel(spec, typedIn)) : findModels(projectRoot(), ["own"]);
  const places: Place[] = [...(withLimits ? ["limits" as const] : []), ...(withPeers ? ["peers" as const] : [])];
  const all = [...own, ...findModels(projectRoot(), places)];
  return [...new Map(all.map((model) => [`${model.folder} ${model.name}`, model])).values()];
}

/** What is asked of the models, without them. */
function load(options: Options): Pick<Request, "pace" | "vary" | "budget" | "scenarios" | "workload"> {
  const { quick, full, budget, scenario, workload, slo, clients, bytes, depth, rate, topology } = options;
  const given = Object.entries({ clients, bytes, depth, rate, topology }).filter(([, values]) => values);
  const own = workload ? readWorkload(workload) : slo ? rateSearch(slo) : undefined;
  return {
    pace: quick ? "quick" : full ? "full" : "default",
    vary: Object.fromEntries(given),
    ...(budget && { budget }),
    ...(scenario && { scenarios: scenario }),
    ...(own && { workload: own }),
  };
}

function readWorkload(name: string): ReturnType<typeof parseWorkload> {
  const file = resolve(typedIn, name);
  if (!existsSync(file))
    throw new ManifestError(`--workload ${name}: no such file; examples are in benchmarks/workloads`);
  return parseWorkload(readFileSync(file, "utf8"), name);
}

async function revision(
  ref: string,
  chosen: readonly Model[],
  abort: AbortSignal,
  line: ProgressLine,
): Promise<Model[]> {
  line.show(`building ${ref}`, 20);
  const leave = () => process.exit(130); // the guard ends what builds, and removes its folder
  abort.addEventListener("abort", leave);
  const all = await modelsOfRevision(ref);
  abort.removeEventListener("abort", leave);
  const found = all.filter((model) => chosen.some((own) => isOf(own, ref)(model)));
  if (found.length === 0) throw new ManifestError(`${ref} has none of these models`);
  return found;
}

const isOf =
  ({ name }: Model, ref: string) =>
  (other: Model) =>
    other.name === `${name}@${ref}`;
