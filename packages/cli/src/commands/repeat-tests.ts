import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { guardFolder, guardSession, processTree, projectRoot, unguardSession } from "@echolab/model";
import { Command } from "commander";
import { wholeNumber } from "../arguments.ts";
import { startBusyLoops } from "../busy-loops.ts";
import { interrupted } from "../interrupted.ts";
import { memoryGroup } from "../memory-group.ts";
import { clock, ProgressLine, ruleOfThree, stdout } from "../terminal.ts";

interface Options {
  times: number;
  busy: number;
  memory?: number;
}

/** What came of one run of the tests. */
interface Run {
  readonly passed: boolean;
  /** The closing line of the tests, or why there is none. */
  readonly said: string;
  /** The names of the tests that failed, and what changed in the clone. */
  readonly wrong: readonly string[];
  readonly seconds: number;
}

const MIB = 2 ** 20;
/** About how long one run takes, before the first has ended. */
const GUESS_SECONDS = 300;

export function repeatTests(): Command {
  return new Command("repeat-tests")
    .description(
      "Run all tests again and again, each time in a fresh clone of the last commit: how often does one fail that is right?",
    )
    .option("--times <n>", "how often", wholeNumber(1, 1000), 10)
    .option("--busy <n>", "while this many busy loops run", wholeNumber(0, 64), 0)
    .option("--memory <MiB>", "with this much memory for all of it, and no more (as root)", wholeNumber(512, 1_048_576))
    .addHelpText(
      "after",
      `
Examples:
  pnpm repeat-tests
  pnpm repeat-tests --times 20 --busy 2
  pnpm repeat-tests --times 3 --memory 2048`,
    )
    .action(run);
}

async function run({ times, busy, memory }: Options): Promise<void> {
  const signal = interrupted();
  const line = new ProgressLine();
  const under = memory === undefined ? [] : memoryGroup(memory * MIB);
  const folder = mkdtempSync(join(tmpdir(), "echolab-repeat-"));
  guardFolder(folder);
  const endBusyLoops = startBusyLoops(busy);
  const runs: Run[] = [];
  try {
    while (runs.length < times && !signal.aborted) {
      const each =
        runs.length === 0 ? GUESS_SECONDS : runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length;
      const failures = runs.filter(({ passed }) => !passed).length;
      line.show(`tests · run ${runs.length + 1} of ${times} · ${failures} failed so far`, each * (times - runs.length));
      const result = await runOnce(folder, runs.length + 1, under, signal);
      if (signal.aborted) break;
      runs.push(result);
      line.clear();
      console.log(describeRun(result, runs.length));
    }
  } finally {
    endBusyLoops();
    rmSync(folder, { recursive: true, force: true });
  }
  const failed = runs.filter(({ passed }) => !passed).length;
  const beside = [busy > 0 ? `beside ${busy} busy loops` : "", memory ? `with ${memory} MiB of memory` : ""];
  const how = beside.filter(Boolean).join(", ");
  console.log(`\n${runs.length} runs of all tests in fresh clones${how && `, ${how}`}: ${failed} failed`);
  if (failed === 0 && runs.length > 0) console.log(ruleOfThree(runs.length));
  process.exitCode = signal.aborted ? 130 : failed > 0 ? 1 : 0;
}

function describeRun({ passed, said, wrong, seconds }: Run, number: number): string {
  const head = `${String(number).padStart(4)}  ${passed ? stdout.green("passed") : stdout.red("failed")}`;
  return [`${head}  ${clock(seconds)}  ${said}`, ...wrong.map((each) => `        ${each}`)].join("\n");
}

/** The README's own test command, in a clone of its own that is removed again. A run that fails leaves its output. */
async function runOnce(folder: string, number: number, under: readonly string[], signal: AbortSignal): Promise<Run> {
  const from = performance.now();
  const clone = join(folder, String(number));
  const log = join(folder, `${number}.log`);
  await promisify(execFile)("git", ["clone", "--quiet", projectRoot(), clone]);
  const code = await test(clone, log, under, signal);
  const text = stripVTControlCharacters(readFileSync(log, "utf8"));
  const { stdout: status } = await promisify(execFile)("git", ["-C", clone, "status", "--porcelain"]);
  rmSync(clone, { recursive: true, force: true });
  const changed = status.split("\n").filter(Boolean);
  const failures = text.match(/^ FAIL .*$/gm) ?? [];
  const run = {
    passed: code === 0 && changed.length === 0,
    said: /^\d+ passed, \d+ failed, \d+ skipped$/m.exec(text)?.[0] ?? `the tests ended with ${code}`,
    wrong: [...new Set(failures.map((each) => each.trim())), ...changed.map((each) => `left behind: ${each}`)],
    seconds: (performance.now() - from) / 1000,
  };
  return run.passed || signal.aborted ? run : { ...run, wrong: [...run.wrong, `output: ${keep(log)}`] };
}

function keep(log: string): string {
  const cache = join(projectRoot(), "node_modules/.cache/echolab");
  mkdirSync(cache, { recursive: true });
  const kept = join(cache, `tests-${new Date().toISOString().replace(/\D/g, "")}.log`);
  cpSync(log, kept);
  return relative(process.cwd(), kept);
}

/** @returns the exit code, or the signal that ended it */
async function test(
  clone: string,
  log: string,
  under: readonly string[],
  signal: AbortSignal,
): Promise<number | string | null> {
  // As a person would type it: pnpm tells the scripts that it runs to install nothing.
  const typed = Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name) && name !== "INIT_CWD");
  const env = { ...Object.fromEntries(typed), NO_COLOR: "1" };
  const [program, ...words] = [...under, "npx", "--yes", "pnpm@12", "test"];
  const child = spawn(program!, words, { cwd: clone, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  guardSession(child.pid!);
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  // pnpm gives its script a process group of its own, in the same session.
  const stop = () => {
    for (const { pid } of processTree(child.pid!)) {
      try {
        process.kill(pid, "SIGTERM");
      } catch {
        // it has just ended
      }
    }
  };
  signal.addEventListener("abort", stop);
  const code = await ended(child);
  signal.removeEventListener("abort", stop);
  unguardSession(child.pid!);
  await new Promise((resolve) => output.end(resolve));
  return code;
}

const ended = (child: ChildProcess) =>
  new Promise<number | string | null>((resolve) => child.once("close", (code, name) => resolve(code ?? name)));
