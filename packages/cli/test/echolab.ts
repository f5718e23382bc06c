import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "@echolab/benchmarks";
import { projectRoot } from "@echolab/model";
import { Ajv } from "ajv";
import { afterAll, expect } from "vitest";

export const program = fileURLToPath(new URL("../bin/echolab.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without colours. */
export const plain: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };

/** Starts the command as a shell would, in a process group of its own. */
export function start(words: readonly string[], folder = "/"): ChildProcessWithoutNullStreams {
  const env = { ...plain, INIT_CWD: folder };
  const [node, ...rest] = command(words);
  return endedWithTests(spawn(node!, rest, { env, detached: true }));
}

const started: ChildProcessWithoutNullStreams[] = [];
// A test that fails, or runs out of time, leaves its command running: its guard ends all the rest.
afterAll(() => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
});

function endedWithTests(child: ChildProcessWithoutNullStreams): ChildProcessWithoutNullStreams {
  started.push(child);
  return child;
}

export const command = (words: readonly string[]) => [process.execPath, program, ...words];

/** Closes the command's terminal once it shows `pattern`. @returns how the command ended: `exit 130`, `signal 11` */
export async function closedTerminal(pattern: string, words: readonly string[]): Promise<string> {
  const closer = fileURLToPath(new URL("./fixture/closed-terminal.py", import.meta.url));
  return (await outcome(spawn("python3", [closer, pattern, ...command(words)]))).stdout.trim();
}

/** The same on a pseudo-terminal, whose keys are its stdin. */
export function startOnTerminal(words: readonly string[]): ChildProcessWithoutNullStreams {
  const typed = command(words).map((word) => `'${word}'`);
  const script = ["--quiet", "--return", "--command", `exec ${typed.join(" ")}`, "/dev/null"];
  return endedWithTests(spawn("script", script, { detached: true }));
}

/** Tests run beside each other: a bench may see that of another test, and says so. */
const OTHER_BENCH = /^another bench has been running since .*\n/m;

export async function outcome(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr: stderr.replace(OTHER_BENCH, "") };
}

/** What a server that is served has printed, once it is ready: the address at which it listens. */
export async function readyAddress({
  stdout,
}: ChildProcessWithoutNullStreams): Promise<{ host: string; port: number }> {
  let text = "";
  return new Promise((resolve) =>
    stdout.on("data", (chunk) => {
      text += chunk;
      const [, host, port] = /listening on (\S+):(\d+)\n/.exec(text) ?? [];
      if (host) resolve({ host, port: Number(port) });
    }),
  );
}

/** The command through its front door, as a person types it in `folder`. */
export const echolab = (words: readonly string[], folder?: string) => outcome(start(words, folder));

/** Every process that `command` has started, directly or not: servers, their children, the generator, the guard. */
export function startedBy({ pid }: { readonly pid?: number | undefined }): number[] {
  const parents = new Map(processes().map((each) => [each, status(each, "PPid")]));
  const isBelow = (each: number): boolean => {
    const parent = Number(parents.get(each));
    return parent === pid || (parents.has(parent) && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/** Those of them that still run, or are stopped. */
export const left = (pids: readonly number[]) =>
  pids.filter((pid) => !["Z", "X", undefined].includes(status(pid, "State")?.[0]));

const processes = () => readdirSync("/proc").map(Number).filter(Boolean);

function status(pid: number, field: string): string | undefined {
  try {
    return new RegExp(`^${field}:\\s+(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined; // it has ended
  }
}

/** The folders of the runs with this seed. */
export function runsOf(seed: number): string[] {
  const runs = join(projectRoot(), "runs");
  try {
    return readdirSync(runs)
      .filter((name) => new RegExp(`-${seed}(-\\d+)?$`).test(name))
      .map((name) => join(runs, name));
  } catch {
    return []; // nobody has run anything yet
  }
}

/** Whether a run with this seed has a window on disk. */
export const hasRecorded = (seed: number) =>
  runsOf(seed).some((run) => readFileSync(join(run, "blocks.ndjson"), { flag: "a+" }).length > 0);

/** Tests leave no run behind: `pnpm diff` would show it. */
export function forget(seed: number): void {
  for (const folder of runsOf(seed)) rmSync(folder, { recursive: true });
}

const schema = JSON.parse(readFileSync(join(projectRoot(), "benchmarks/result.schema.json"), "utf8"));
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

/** A result.json that is as its schema says. */
export function readResult(file: string): Result {
  const result: Result = JSON.parse(readFileSync(file, "utf8"));
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  return result;
}
