import { join, relative, resolve } from "node:path";
import { findRun, type Run, runs, trackRecord } from "@echolab/benchmarks";
import { Command } from "commander";
import { typedIn } from "../arguments.ts";
import { leftOut, stdout } from "../terminal.ts";

export function report(): Command {
  return new Command("report")
    .description("List the runs of this checkout, and where their reports are")
    .argument("[run]", "a run's id, the beginning of one, `last`, or its folder: only its paths")
    .addHelpText("after", "\nExamples:\n  pnpm report\n  pnpm report last")
    .action((name: string | undefined) => {
      if (name) console.log(paths(findRun(name, resolve(typedIn, name), leftOut)).join("\n"));
      else list([...runs(leftOut)]);
    });
}

function list(all: readonly Run[]): void {
  if (all.length === 0) {
    console.log("No run yet: pnpm bench --quick takes a minute.");
    return;
  }
  for (const run of all) {
    const { id, command, models, partial, scenarios } = run.result;
    const tables = scenarios.length === 1 ? "1 table" : `${scenarios.length} tables`;
    const state = partial ? stdout.yellow(" · interrupted") : "";
    console.log(`${stdout.bold(id)} · ${models.length} models, ${tables}${state}`);
    console.log(stdout.dim(`  ${command}`));
    console.log(`  ${paths(run)[0]}`);
  }
  const { judgements, different, runs: judged, invalid } = trackRecord(all.map(({ result }) => result));
  if (judgements === 0) return;
  console.log(
    `\nIn ${judged} run${judged === 1 ? "" : "s"} a server was judged against itself ${judgements} times, and called different ${different} times;\n` +
      `${invalid} of these runs had a table without verdicts for it.`,
  );
}

const paths = ({ folder }: Run) =>
  ["report.html", "summary.md", "result.json"].map((file) => relative(typedIn, join(folder, file)));
