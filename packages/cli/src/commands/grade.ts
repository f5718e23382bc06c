import {
  assignment,
  GRADE_MINUTES,
  type Grade,
  type GradeRequest,
  gradeReport,
  grade as gradeServer,
  isFailed,
  isToMend,
  named,
  type ProfileName,
  profileNames,
  profileOf,
  profiles,
  toTap,
  Unverifiable,
} from "@echolab/conformance/grade";
import { ManifestError, machineLimit, type Sandbox, showable, slowness, suggest } from "@echolab/model";
import { Command, InvalidArgumentError, Option } from "commander";
import { wholeNumber } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { indented, ProgressLine, quoted, stdout } from "../terminal.ts";
import { type OutputNames, openOutputs } from "./grade-outputs.ts";
import { address, found, injecting, warnOfLimit } from "./grade-subject.ts";
import { show } from "./grade-terminal.ts";

/** Of those that have failed so far, in the line of progress. */
const MOST_NAMED = 5;

interface Options extends OutputNames {
  profile?: ProfileName;
  connect?: { host: string; port: number };
  only?: string[];
  seed: number;
  timeoutMultiplier: number;
  inject?: string;
  dryRun?: boolean;
  sandbox: Sandbox;
}

export function grade(): Command {
  return new Command("grade")
    .description("Ask a server, in any language, every case; say what is wrong, why, and how to mend it")
    .argument("[server...]", "a model, a folder with a model.json, or -- and a command with {host} and {port} in it")
    .optionsGroup("What:")
    .addOption(
      new Option("--profile <name>", "the assignment; default: what the server's own promises fit").choices(
        profileNames,
      ),
    )
    .addOption(new Option("--connect <host:port>", "a server of this machine that already runs").argParser(address))
    .option(
      "--only <list>",
      "cases: numbers, ids, or beginnings of ids: 5,tcp/start/bad-port,tcp/half-close",
      (text, before: string[] = []) => [...before, ...text.split(",")],
    )
    .option("--dry-run", "list the cases that would be asked, and ask nothing")
    .optionsGroup("How:")
    .option("--seed <n>", "the bytes that are sent", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--timeout-multiplier <n>", "all limits of time are so many times as long", multiplier, 1)
    .addOption(
      new Option("--sandbox <which>", "auto: bubblewrap where it works; none: the server can do what you can")
        .choices(["auto", "bwrap", "none"])
        .default("auto"),
    )
    .option("--inject <call:error>", "a fault of the kernel, by strace: accept4:error=EMFILE:when=1..3")
    .optionsGroup("Output, a file of each is written anew after every case, a pipe or a device once:")
    .option("--json <file>", "as packages/conformance/grade.schema.json says")
    .option("--junit <file>", "JUnit's XML")
    .option("--tap <file>", "TAP 14; -: on stdout, instead of the table")
    .option("--gradescope <file>", "Gradescope's results.json")
    .option("--html <file>", "a page")
    .addHelpText(
      "after",
      `
Profiles:
${profileNames.map((name) => indented(profiles[name].title, 16, `  ${name}`)).join("\n")}

Examples:
  pnpm grade sequential
  pnpm grade ./homework/mine --profile non-blocking
  pnpm grade --profile non-blocking -- python3 server.py {host} {port}
  pnpm grade ./homework/mine --only tcp/half-close
  pnpm grade event-loop --inject accept4:error=EMFILE:when=1..3
  pnpm grade --connect 127.0.0.1:7000 --profile concurrent

A grade takes at most ${GRADE_MINUTES} minutes, times --timeout-multiplier: what was not asked
by then fails.

A stranger's server runs in bubblewrap where that is installed: it sees the
system's programs and its own folder. Every report says so. Without it, limits on
descriptors, processes, memory, CPU time and the size of files keep the server
from filling the machine; but it runs with your rights, and can read your files.`,
    )
    .action(run);
}

async function run(words: string[], options: Options): Promise<void> {
  const { only, seed, timeoutMultiplier, profile: asked, dryRun } = options;
  const { subject, name, declared, build, sandbox } = found(words, options);
  const manifest = "manifest" in subject ? subject.manifest : subject.model.manifest;
  const profile = asked ?? profileOf(manifest);
  const { cases } = assignment(manifest, profile);
  const { cases: chosen } = assignment(manifest, profile, only);
  for (const start of only ?? [])
    if (named(cases, start).length === 0)
      throw new ManifestError(
        `no case of ${profile} is or begins with "${start}"${suggest(
          start,
          cases.map(({ id }) => id),
        )}`,
      );
  if (dryRun) {
    for (const { number, id, tier, requirement } of chosen)
      console.log(`${String(number).padStart(3)}  ${tier.padEnd(13)}  ${id}\n     ${stdout.dim(requirement)}`);
    return;
  }
  warnOfLimit(chosen);
  const outputs = openOutputs(options);
  const abort = interrupted();
  const line = new ProgressLine();
  const command = reproduced(process.argv.slice(3));
  const report = (grade: Grade) => gradeReport(grade, name, command);
  const minutes = GRADE_MINUTES * timeoutMultiplier;
  const request: GradeRequest = {
    ...{ subject, declared, build, sandbox, profile, seed, signal: abort, ...(only && { only }) },
    ...(options.inject && { under: injecting(options.inject) }),
    ...{ slowness: slowness() * timeoutMultiplier, minutes },
  };
  const from = performance.now();
  line.show(`${name} · what it does · at most ${Math.ceil(minutes)} minutes`, 40);
  const giveUp = (error: Error): never => {
    // The server must not lose points for it.
    line.clear();
    console.error(`the grader itself failed, and not the server: ${reason(error)}`);
    process.exit(3); // what still runs is ended by the guard
  };
  process.once("uncaughtException", giveUp); // as in a timer that looks at the server's memory
  const ask = (onResult: Parameters<typeof gradeServer>[1]) => gradeServer(request, onResult).catch(giveUp);
  const grade = await ask((grade, { case: { id } }) => {
    outputs.write(report(grade));
    const asked = grade.results.filter(({ verdict }) => verdict !== "not asked").length;
    if (asked === 0) return;
    const failed = grade.results.filter(isToMend).map((each) => each.case.number);
    const wrong = failed.length > 0 ? ` · failed: ${failed.slice(0, MOST_NAMED).join(", ")}` : "";
    line.show(
      `${name} · ${asked}/${chosen.length}${wrong}${failed.length > MOST_NAMED ? ", …" : ""} · ${id}`,
      ((chosen.length - asked) * (performance.now() - from)) / 1000 / asked,
    );
  });
  line.clear();
  if (options.tap === "-") console.log(toTap(report(grade)).trimEnd());
  else show(grade, report(grade), name);
  const isWritten = outputs.finish(report(grade));
  const isWrong = grade.startError !== null || grade.results.some(isFailed);
  process.exitCode = abort.aborted ? 130 : isWritten ? Number(isWrong) : 3;
  if (grade.partial) process.exit(); // what still runs is ended by the guard
}

/** A limit of this machine is no bug: one line says what to do. */
function reason(error: Error): string | undefined {
  if (error instanceof Unverifiable) return error.message;
  return machineLimit(error)
    ? `${error.message}: raise the limit (ulimit -n, ulimit -u), or end other programs`
    : error.stack;
}

/** What was typed, without what chooses cases and what writes files: to it, `--only` and `--seed` of one case are added. */
function reproduced(typed: readonly string[]): string {
  const end = typed.includes("--") ? typed.indexOf("--") : typed.length;
  const isLeftOut = (word: string) => /^--(only|seed|json|junit|tap|gradescope|html)$/.test(word);
  const options = typed
    .slice(0, end)
    .filter((word, i, all) => !isLeftOut(word.split("=")[0]!) && !(isLeftOut(all[i - 1] ?? "") && i > 0));
  return showable(["pnpm grade", ...[...options, ...typed.slice(end)].map(quoted)].join(" "));
}

function multiplier(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 100)) throw new InvalidArgumentError("It is a number from 0.1 to 100.");
  return value;
}
