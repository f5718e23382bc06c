import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  assignment,
  type Grade,
  type Graded,
  type GradeReport,
  type GradeRequest,
  gradeReport,
  grade as gradeServer,
  isPassed,
  isScored,
  type ProfileName,
  profileNames,
  profileOf,
  profiles,
  toGradescope,
  toHtml,
  toJson,
  toJUnit,
  toTap,
} from "@echolab/conformance/grade";
import {
  buildModel,
  findModel,
  isOnPath,
  type Manifest,
  ManifestError,
  type Model,
  missingRequirement,
  slowness,
  suggest,
} from "@echolab/model";
import { Command, InvalidArgumentError, Option } from "commander";
import { typedIn, wholeNumber } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { indented, ProgressLine, quoted, stdout } from "../terminal.ts";

interface Options {
  profile?: ProfileName;
  connect?: { host: string; port: number };
  only?: string[];
  seed: number;
  timeoutMultiplier: number;
  inject?: string;
  dryRun?: boolean;
  json?: string;
  junit?: string;
  tap?: string;
  gradescope?: string;
  html?: string;
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
    .option("--only <list>", "ids of cases, or beginnings of ids: tcp/echo,tcp/start/bad-port", (text) =>
      text.split(","),
    )
    .option("--dry-run", "list the cases that would be asked, and ask nothing")
    .optionsGroup("How:")
    .option("--seed <n>", "the bytes that are sent", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--timeout-multiplier <n>", "all limits of time are so many times as long", multiplier, 1)
    .option("--inject <call:error>", "a fault of the kernel, by strace: accept4:error=EMFILE:when=1..3")
    .optionsGroup("Output, written after every case:")
    .option("--json <file>", "as packages/conformance/grade.schema.json says")
    .option("--junit <file>", "JUnit's XML")
    .option("--tap <file>", "TAP 14; -: on stdout, instead of the table")
    .option("--gradescope <file>", "Gradescope's results.json")
    .option("--html <file>", "a page")
    .addHelpText(
      "after",
      `
Profiles:
${profileNames.map((name) => `  ${name.padEnd(14)}${profiles[name].title}`).join("\n")}

Examples:
  pnpm grade sequential
  pnpm grade ./homework/mine --profile non-blocking
  pnpm grade --profile non-blocking -- python3 server.py {host} {port}
  pnpm grade ./homework/mine --only tcp/half-close
  pnpm grade event-loop --inject accept4:error=EMFILE:when=1..3
  pnpm grade --connect 127.0.0.1:7000 --profile concurrent

A server that is graded runs with your rights: limits on descriptors, processes,
memory and CPU time keep it from filling the machine, but without a container
this is no sandbox.`,
    )
    .action(run);
}

async function run(words: string[], options: Options): Promise<void> {
  const { only, seed, timeoutMultiplier, profile: asked, dryRun } = options;
  const { subject, name, declared } = await found(words, options);
  const manifest = "manifest" in subject ? subject.manifest : subject.model.manifest;
  const profile = asked ?? profileOf(manifest);
  const { cases } = assignment(manifest, profile);
  const chosen = cases.filter(({ id }) => only?.some((start) => id.startsWith(start)) ?? true);
  for (const start of only ?? [])
    if (!cases.some(({ id }) => id.startsWith(start)))
      throw new ManifestError(
        `no case of ${profile} begins with "${start}"${suggest(
          start,
          cases.map(({ id }) => id),
        )}`,
      );
  if (dryRun) {
    for (const { number, id, tier, requirement } of chosen)
      console.log(`${String(number).padStart(3)}  ${tier.padEnd(13)}  ${id}\n     ${stdout.dim(requirement)}`);
    return;
  }
  const abort = interrupted();
  const line = new ProgressLine();
  const command = reproduced(process.argv.slice(3));
  const report = (grade: Grade) => gradeReport(grade, name, command);
  const request: GradeRequest = {
    ...{ subject, declared, profile, seed, signal: abort, ...(only && { only }) },
    ...(options.inject && { under: injecting(options.inject) }),
    slowness: slowness() * timeoutMultiplier,
  };
  const from = performance.now();
  line.show(`${name} · what it does`, 40);
  const ask = (onResult: Parameters<typeof gradeServer>[1]) =>
    gradeServer(request, onResult).catch((error: Error) => {
      // Nobody is to lose points for that.
      line.clear();
      console.error(`the grader itself failed, and not the server: ${error.stack}`);
      process.exit(3); // what still runs is ended by the guard
    });
  const grade = await ask((grade, { case: { id } }) => {
    write(options, report(grade));
    const left = chosen.length - grade.results.length;
    line.show(
      `${name} · ${grade.results.length}/${chosen.length} · ${id}`,
      (left * (performance.now() - from)) / 1000 / grade.results.length,
    );
  });
  line.clear();
  write(options, report(grade));
  if (options.tap === "-") console.log(toTap(report(grade)).trimEnd());
  else show(grade, report(grade), name);
  if (abort.aborted) process.exit(130); // what still runs is ended by the guard
  const isWrong = grade.startError !== null || grade.results.some((each) => isScored(each) && !isPassed(each));
  process.exitCode = isWrong ? 1 : 0;
}

/** What was typed, without what chooses cases and what writes files: to it, `--only` and `--seed` of one case are added. */
function reproduced(typed: readonly string[]): string {
  const end = typed.includes("--") ? typed.indexOf("--") : typed.length;
  const isLeftOut = (word: string) => /^--(only|seed|json|junit|tap|gradescope|html)$/.test(word);
  const options = typed
    .slice(0, end)
    .filter((word, i, all) => !isLeftOut(word.split("=")[0]!) && !(isLeftOut(all[i - 1] ?? "") && i > 0));
  return ["pnpm grade", ...[...options, ...typed.slice(end)].map(quoted)].join(" ");
}

/** What is to be graded, and whether its promises were written down. */
async function found(words: string[], { connect, profile }: Options) {
  const isCommand = process.argv.slice(3).includes("--");
  if (connect) {
    if (words.length > 0) throw new ManifestError("--connect is for a server that already runs: name no other");
    const model: Model = {
      name: `${connect.host}:${connect.port}`,
      folder: typedIn,
      manifest: assumed([], profile),
      own: {},
    };
    return { subject: { model, ...connect }, name: model.name, declared: false };
  }
  if (isCommand) {
    if (!words.some((word) => word.includes("{port}")))
      throw new ManifestError(`the command needs {port} where the port goes: pnpm grade -- ${words.join(" ")} {port}`);
    if (!isOnPath(words[0]!) && !words[0]!.includes("/"))
      throw new ManifestError(`there is no command "${words[0]}" on PATH`);
    const model: Model = { name: words[0]!, folder: typedIn, manifest: assumed(words, profile), own: {} };
    return { subject: model, name: words.join(" "), declared: false };
  }
  if (words.length !== 1)
    throw new ManifestError(
      "name one server: a model, a folder with a model.json, or -- and a command with {port} in it",
    );
  const model = findModel(words[0]!, typedIn);
  const why = missingRequirement(model) ?? (await buildModel(model));
  if (why) throw new ManifestError(`${model.name}: ${why}`);
  return { subject: model, name: model.name, declared: true };
}

/** The promises of a server that has written none down. */
const assumed = (command: readonly string[], profile: ProfileName | undefined): Manifest => ({
  ...{ version: 1, title: "A server", summary: "Nothing is known of it.", protocol: profile === "udp" ? "udp" : "tcp" },
  ...{ command, ready: "listen", clients: profile === "sequential" ? 1 : "many", overload: "queue", idle: "sleeps" },
  ...{ isolation: "none", options: {}, env: {}, build: null, requires: { os: [], commands: [] } },
});

function injecting(fault: string): string[] {
  if (!isOnPath("strace")) throw new ManifestError("--inject needs strace on PATH");
  const [call = "", ...what] = fault.split(":");
  if (!/^[a-z_0-9]+$/.test(call) || !what.some((part) => /^(error|retval|delay_enter|delay_exit)=\w+$/.test(part)))
    throw new ManifestError(
      `--inject ${fault}: it is a system call and a fault, such as accept4:error=EMFILE:when=1..3`,
    );
  // -D: strace is the grandchild, and the server stays the first process, whom signals are for.
  return ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${fault}`];
}

function write({ json, junit, tap, gradescope, html }: Options, report: GradeReport): void {
  const files: [string | undefined, (report: GradeReport) => string][] = [
    [json, toJson],
    [junit, toJUnit],
    [tap === "-" ? undefined : tap, toTap],
    [gradescope, toGradescope],
    [html, toHtml],
  ];
  for (const [file, render] of files) {
    if (!file) continue;
    const path = resolve(typedIn, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, render(report));
    renameSync(`${path}.new`, path); // whole or not at all
  }
}

const VERDICTS: Record<Graded["verdict"], (text: string) => string> = {
  pass: stdout.green,
  "by design": stdout.green,
  fail: stdout.red,
  flaky: stdout.red,
  skipped: stdout.dim,
  unverifiable: stdout.yellow,
  informational: stdout.dim,
};

function show(
  { observed, contradictions, profile, score, startError, results, partial }: Grade,
  { tiers, cases }: GradeReport,
  name: string,
): void {
  console.log(`${stdout.bold(name)} · profile ${profile}`);
  if (observed) console.log(`seen: ${observed.words}`);
  for (const each of contradictions) console.log(stdout.red(each));
  console.log();
  for (const {
    case: { number, id },
    verdict,
    why,
  } of results) {
    const told = why && !["fail", "flaky"].includes(verdict) ? stdout.dim(`\n${indented(why, 19)}`) : "";
    console.log(`${String(number).padStart(3)}  ${VERDICTS[verdict](verdict.padEnd(13))} ${id}${told}`);
  }
  const failed = cases.filter(({ verdict }) => verdict === "fail" || verdict === "flaky");
  for (const { number, requirement, why, cause, wayOut, reproduce } of startError === null
    ? failed
    : failed.slice(0, 1)) {
    console.log(`\n${stdout.red(`case ${number}:`)} a server ${stdout.bold(requirement)}`);
    console.log(indented(why ?? "", 2));
    if (cause) console.log(indented(`likely: ${cause}`, 2));
    if (wayOut) console.log(indented(`way out: ${wayOut}`, 2));
    console.log(stdout.dim(`  ${reproduce}`));
  }
  if (partial) console.log(stdout.yellow("\ninterrupted: cases are missing"));
  const parts = tiers.filter(({ of }) => of > 0).map(({ tier, passed, of }) => `${tier} ${passed}/${of}`);
  console.log(`\n${stdout.bold(`score ${score ?? "none"}`)} of 100${parts.map((part) => ` · ${part}`).join("")}`);
}

function multiplier(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 100)) throw new InvalidArgumentError("It is a number from 0.1 to 100.");
  return value;
}

/** `127.0.0.1:7000`, `[::1]:7000`: of this machine. */
function address(text: string): { host: string; port: number } {
  const [, six, four, port] = /^(?:\[(::1)\]|(127\.\d+\.\d+\.\d+|localhost)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? four?.replace("localhost", "127.0.0.1");
  if (!host || Number(port) < 1 || Number(port) > 65_535)
    throw new InvalidArgumentError(
      "It is an address of this machine and a port, such as 127.0.0.1:7000: nobody else's server is put under load.",
    );
  return { host, port: Number(port) };
}
