import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { profileNames } from "@echolab/conformance/grade";
import { findModel, ManifestError, projectRoot } from "@echolab/model";
import { Command, Option } from "commander";
import { requireFree, typedIn } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { stdout } from "../terminal.ts";

/** Where starters are, a folder for each language. */
const starters = () => join(projectRoot(), "packages/homework/starters");

export function homework(): Command {
  const languages = existsSync(starters()) ? readdirSync(starters()) : [];
  const start = new Command("start")
    .description("Make a folder with a server to begin from")
    .argument("<name>", "the folder's name, under homework/")
    .addOption(new Option("--language <name>", "what it is written in").choices(languages).default("python"))
    .addHelpText("after", "\nExample:\n  pnpm homework start mine --language c")
    .action(begin);
  const watch = new Command("watch")
    .description("Grade a folder's server, and again after every save")
    .argument("<folder>", "a folder with a model.json")
    .addOption(new Option("--profile <name>", "the assignment").choices(profileNames))
    .addHelpText("after", "\nExample:\n  pnpm homework watch ./homework/mine --profile non-blocking")
    .action(watchFolder);
  return new Command("homework")
    .description("Begin a server of your own, and have it graded")
    .addCommand(start)
    .addCommand(watch);
}

function begin(name: string, { language }: { language: string }): void {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new ManifestError(`"${name}": a name is made of a-z, 0-9 and hyphens, and begins with a letter`);
  const folder = join(projectRoot(), "homework", name);
  if (existsSync(folder))
    throw new ManifestError(`${relative(typedIn, folder) || "."} is there already: choose another name`);
  requireFree(name);
  mkdirSync(join(projectRoot(), "homework"), { recursive: true });
  const built = new Set(["node_modules", "dist", "server"]);
  cpSync(join(starters(), language), folder, { recursive: true, filter: (source) => !built.has(basename(source)) });
  const manifest = join(folder, "model.json");
  const schema = '"$schema": "../../packages/model/model.schema.json"';
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/"\$schema": "[^"]*"/, schema));
  const shown = `./${relative(typedIn, folder)}`;
  console.log(`${stdout.bold(shown)} is there: ${readdirSync(folder).join(", ")}`);
  console.log(`next: pnpm homework watch ${shown} --profile non-blocking`);
}

/** Saves come in pairs and more: so many milliseconds after the last one it begins. */
const CALM = 300;
/** How often the folder is looked at, in milliseconds: watching is not the same on every file system. */
const LOOKS = 200;

async function watchFolder(spec: string, { profile }: { profile?: string }): Promise<void> {
  const { folder } = findModel(spec.startsWith(".") || spec.startsWith("/") ? spec : `./${spec}`, typedIn);
  let running: ChildProcess | undefined;
  const words = ["grade", resolve(typedIn, folder), ...(profile ? ["--profile", profile] : [])];
  const grade = async () => {
    if (running && running.exitCode === null) {
      const ended = new Promise((resolve) => running!.once("close", resolve));
      running.kill("SIGINT");
      await ended; // it ends what it has started
    }
    if (process.stdout.isTTY) process.stdout.write("\x1b[2J\x1b[H");
    running = spawn(process.execPath, [process.argv[1]!, ...words], { stdio: ["ignore", "inherit", "inherit"] });
    running.once("close", (code) => {
      if (code !== 130) console.log(stdout.dim(`\n${basename(folder)}: waiting for the next save; Ctrl-C ends`));
    });
  };
  interrupted().addEventListener("abort", () => {
    process.exitCode = 130;
    clearInterval(timer);
    running?.kill("SIGINT"); // it ends what it has started
  });
  let seen = newest(folder);
  let graded = seen;
  void grade();
  const timer = setInterval(() => {
    const now = newest(folder);
    if (now === seen && now !== graded && Date.now() - now > CALM) {
      graded = now;
      void grade();
    }
    seen = now;
  }, LOOKS);
}

/** When a source was last saved: what a build makes does not count. */
function newest(folder: string): number {
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) =>
      entry.isFile() && entry.name !== "server" && !/\/(dist|node_modules|__pycache__)(\/|$)/.test(entry.parentPath),
  );
  // An editor's file for a moment may be gone by now.
  const saved = sources.map(
    (entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(0, ...saved);
}
