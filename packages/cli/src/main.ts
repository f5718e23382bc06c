import { ManifestError, showable } from "@echolab/model";
import { Command, CommanderError } from "commander";
import { outliveOutput } from "./output.ts";
import { stdout } from "./terminal.ts";

const program = new Command("echolab")
  .description("See, measure and understand how one server talks to many clients at once.")
  .showSuggestionAfterError()
  .showHelpAfterError("(--help tells more)")
  .configureHelp({ showGlobalOptions: false })
  .exitOverride();

/** Only what is asked for is loaded: some of it is large. */
const commands: Record<string, () => Promise<Command>> = {
  models: async () => (await import("./commands/models.ts")).models(),
  serve: async () => (await import("./commands/serve.ts")).serve(),
  bench: async () => (await import("./commands/bench.ts")).bench(),
  report: async () => (await import("./commands/report.ts")).report(),
  compare: async () => (await import("./commands/compare.ts")).compare(),
  diff: async () => (await import("./commands/diff.ts")).diff(),
  grade: async () => (await import("./commands/grade.ts")).grade(),
  homework: async () => (await import("./commands/homework.ts")).homework(),
  "new-model": async () => (await import("./commands/new-model.ts")).newModel(),
  soak: async () => (await import("./commands/soak.ts")).soak(),
  wall: async () => (await import("./commands/wall.ts")).wall(),
  "false-alarms": async () => (await import("./commands/false-alarms.ts")).falseAlarms(),
  "repeat-tests": async () => (await import("./commands/repeat-tests.ts")).repeatTests(),
};

outliveOutput();

try {
  const asked = process.argv[2] ?? "";
  for (const load of Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)) {
    const command = await load();
    program.addCommand(command.copyInheritedSettings(program));
    for (const each of command.commands) each.copyInheritedSettings(program);
  }
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
  const { code, message } = error as NodeJS.ErrnoException;
  // koffi's library cannot be mapped where no program may run (mount(8), noexec).
  const isNoExec = code === "ERR_DLOPEN_FAILED" && message.includes("map segment");
  const why = isNoExec
    ? "no library can be loaded here, as the file system is mounted noexec: move the checkout"
    : message;
  console.error(`${stdout.red("error:")} ${showable(why)}`);
  return error instanceof ManifestError ? 2 : 1;
}
