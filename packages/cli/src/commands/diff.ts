import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { count, type IdleResult, type LoadResult, type Result, runs, size, time } from "@echolab/benchmarks";
import { findModel, ManifestError, type Model } from "@echolab/model";
import { Command } from "commander";
import { diffWordsWithSpace } from "diff";
import { typedIn } from "../arguments.ts";
import { stdout } from "../terminal.ts";

export function diff(): Command {
  return new Command("diff")
    .description("Show what differs between two servers, and what those lines bought in the last run")
    .argument("<a>", "a model")
    .argument("<b>", "another model")
    .action((a: string, b: string) => {
      const [left, right] = [findModel(a, typedIn), findModel(b, typedIn)];
      console.log(wordDiff(source(left), source(right)));
      console.log(`${bought(left.name, right.name)}`);
    });
}

/** The server without its comments: they tell of the one, not of what is different. */
function source({ name, folder }: Model): string {
  const file = join(folder, "src/serve.ts");
  if (!existsSync(file))
    throw new ManifestError(`${name} has no src/serve.ts: only the servers of this checkout can be compared`);
  return readFileSync(file, "utf8")
    .replace(/(^|\s+)\/\/ .*$/gm, "")
    .trimStart();
}

/** Without colours, as `git diff --word-diff` writes it: [-only in a-] {+only in b+}. */
function wordDiff(a: string, b: string): string {
  return diffWordsWithSpace(a, b)
    .map(({ added, removed, value }) => {
      if (added) return stdout.isColorSupported ? stdout.green(value) : `{+${value}+}`;
      if (removed) return stdout.isColorSupported ? stdout.red(value) : `[-${value}-]`;
      return value;
    })
    .join("");
}

/** Under the lines: what they bought. */
function bought(a: string, b: string): string {
  const run = lastRun(a, b);
  if (!run) return `No run has measured both yet: pnpm bench ${a} ${b} --quick`;
  const rows = [
    ["served", ...[a, b].map((model) => servedBy(run, model))],
    ["CPU per message", ...[a, b].map((model) => cpuOf(run, model))],
    ["memory per client", ...[a, b].map((model) => memoryOf(run, model))],
  ];
  const width = Math.max(a.length, b.length, ...rows.flat().map((cell) => cell.length)) + 2;
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(i === 0 ? 20 : width))
      .join("")
      .trimEnd();
  return [stdout.bold(line(["", a, b])), ...rows.map(line), stdout.dim(`from runs/${run.id}`)].join("\n");
}

/** The newest run in which both had a throughput. */
const lastRun = (a: string, b: string): Result | undefined =>
  runs().find(({ result }) => [a, b].every((model) => throughputOf(result, model)))?.result;

const throughputOf = ({ scenarios }: Result, model: string) =>
  (scenarios.find(({ scenario }) => scenario === "throughput") as LoadResult | undefined)?.rows.find(
    (row) => row.model === model && row.role === "row",
  )?.summary;

function servedBy(run: Result, model: string): string {
  const summary = throughputOf(run, model);
  return summary ? `${summary.served}/${summary.offered} at ${count(summary.rate)}/s` : "not measured";
}

function cpuOf(run: Result, model: string): string {
  const summary = throughputOf(run, model);
  return summary?.cpuPerReply ? time(summary.cpuPerReply / 1000) : "not measured";
}

function memoryOf({ scenarios }: Result, model: string): string {
  const idle = scenarios.find(({ kind }) => kind === "idle") as IdleResult | undefined;
  const sample = idle?.rows.find((row) => row.model === model)?.samples[0];
  return sample ? size(sample.memoryPerClient) : "not measured";
}
