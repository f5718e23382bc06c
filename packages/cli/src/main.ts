import { ManifestError } from "@echolab/model";
import { Command, CommanderError } from "commander";
import { bench } from "./commands/bench.ts";
import { compare } from "./commands/compare.ts";
import { diff } from "./commands/diff.ts";
import { falseAlarms } from "./commands/false-alarms.ts";
import { grade } from "./commands/grade.ts";
import { homework } from "./commands/homework.ts";
import { models } from "./commands/models.ts";
import { report } from "./commands/report.ts";
import { serve } from "./commands/serve.ts";
import { soak } from "./commands/soak.ts";
import { wall } from "./commands/wall.ts";
import { stdout } from "./terminal.ts";

const program = new Command("echolab")
  .description("See, measure and understand how one server talks to many clients at once.")
  .showSuggestionAfterError()
  .showHelpAfterError("(--help tells more)")
  .configureHelp({ showGlobalOptions: false })
  .exitOverride();

for (const command of [
  models(),
  serve(),
  bench(),
  report(),
  compare(),
  diff(),
  grade(),
  homework(),
  soak(),
  wall(),
  falseAlarms(),
]) {
  program.addCommand(command.copyInheritedSettings(program));
  for (const each of command.commands) each.copyInheritedSettings(program);
}

try {
  // `pnpm bench -- --quick` passes the `--` on.
  const words = process.argv.slice(2);
  if (words[1] === "--" && words[0] !== "grade") words.splice(1, 1);
  await program.parseAsync(words, { from: "user" });
} catch (error) {
  process.exitCode = explain(error);
}

/** @returns the exit code: 0 after help, 2 for wrong usage, 1 for everything else */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  console.error(`${stdout.red("error:")} ${(error as Error).message}`);
  return error instanceof ManifestError ? 2 : 1;
}
