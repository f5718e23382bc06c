import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { count, type IdleResult, type LoadResult, type Result, runs, sizeOrNone, time } from "@echolab/benchmarks";
import { findModel, ManifestError, type Model } from "@echolab/model";
import { Command } from "commander";
import { structuredPatch } from "diff";
import { typedIn } from "../arguments.ts";
import { leftOut, stdout } from "../terminal.ts";

export function diff(): Command {
  return new Command("diff")
    .description("Show what differs between two servers, and what those lines bought in the last run")
    .argument("<a>", "a model")
    .argument("<b>", "another model")
    .action((a: string, b: string) => {
      const [left, right] = [findModel(a, typedIn), findModel(b, typedIn)];
      console.log(`${changes(left, right)}\n`);
      console.log(bought(left.name, right.name));
    });
}

/** The servers' files, one after the other: what both have in it, what only the one, what only the other. */
function changes(left: Model, right: Model): string {
  const [a, b] = [sources(left), sources(right)];
  const hunks = [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const lines = lineDiff(a.get(name) ?? "", b.get(name) ?? "");
    return lines.length > 0 ? [stdout.bold(name), ...lines] : [];
  });
  if (hunks.length > 0) return hunks.join("\n");
  return left.folder === right.folder
    ? `${left.name} and ${right.name} are one program with other options.`
    : `${left.name} and ${right.name} have the same source.`;
}

/** A server's files without their comments, which tell of the one, and not of what is different. main.ts is everybody's. */
function sources({ name, folder }: Model): Map<string, string> {
  const src = join(folder, "src");
  if (!existsSync(join(src, "serve.ts")))
    throw new ManifestError(`${name} has no src/serve.ts: only the servers of this checkout can be compared`);
  const files = readdirSync(src).filter((file) => file.endsWith(".ts") && file !== "main.ts");
  const text = (file: string) =>
    readFileSync(join(src, file), "utf8")
      .replace(/^[ \t]*(\/\/ .*|\/\*\*.*\*\/)\n/gm, "")
      .replace(/[ \t]+\/\/ .*$/gm, "")
      .replace(/\n{3,}/g, "\n\n")
      .trimStart();
  // serve.ts first: it is what all of them have.
  return new Map(
    files.sort((a, b) => Number(b === "serve.ts") - Number(a === "serve.ts")).map((file) => [file, text(file)]),
  );
}

/** As `diff -u` writes it. */
function lineDiff(a: string, b: string): string[] {
  const { hunks } = structuredPatch("", "", a, b, "", "", { context: 3 });
  return hunks.flatMap(({ lines }) => [
    stdout.dim("@@"),
    ...lines.map((line) => (line[0] === "+" ? stdout.green(line) : line[0] === "-" ? stdout.red(line) : line)),
  ]);
}

/** Under the lines: what they bought. */
function bought(a: string, b: string): string {
  // The newest run that has measured something of both.
  for (const { result } of runs(leftOut)) {
    const rows = bothIn(result, a, b);
    if (rows.length > 0) return table(a, b, rows, result.id);
  }
  return `No run has measured both yet: pnpm bench ${a} ${b} --quick`;
}

function table(a: string, b: string, rows: string[][], id: string): string {
  const width = Math.max(a.length, b.length, ...rows.flat().map((cell) => cell.length)) + 2;
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(i === 0 ? 20 : width))
      .join("")
      .trimEnd();
  return [stdout.bold(line(["", a, b])), ...rows.map(line), stdout.dim(`from runs/${id}`)].join("\n");
}

/** What a run has measured of both. */
const bothIn = (run: Result, a: string, b: string): string[][] =>
  Object.entries(measures).flatMap(([name, of]) => {
    const [left, right] = [of(run, a), of(run, b)];
    return left === undefined || right === undefined ? [] : [[name, left, right]];
  });

const measures: Record<string, (run: Result, model: string) => string | undefined> = {
  served(run, model) {
    const summary = summaryOf(run, "throughput", model);
    return summary ? `${summary.served}/${summary.offered} at ${count(summary.rate)}/s` : undefined;
  },
  "CPU per message": (run, model) => cpu(summaryOf(run, "throughput", model)),
  "CPU per client": (run, model) => cpu(summaryOf(run, "churn", model)),
  "memory per client"({ scenarios }, model) {
    const idle = scenarios.find(({ kind }) => kind === "idle") as IdleResult | undefined;
    const sample = idle?.rows.find((row) => row.model === model)?.samples[0];
    return sample && sizeOrNone(sample.memoryPerClient);
  },
};

const summaryOf = ({ scenarios }: Result, name: string, model: string) =>
  (scenarios.find(({ scenario }) => scenario === name) as LoadResult | undefined)?.rows.find(
    (row) => row.model === model && row.role === "row",
  )?.summary;

const cpu = (summary: ReturnType<typeof summaryOf>) =>
  summary?.cpuPerReply ? time(summary.cpuPerReply / 1000) : undefined;
