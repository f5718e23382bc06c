import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { profileNames } from "@echolab/conformance/grade";
import { ManifestError, projectRoot } from "@echolab/model";
import { Command, Option } from "commander";
import { requireFree, typedIn } from "../arguments.ts";
import { stdout } from "../terminal.ts";
import { watchFolder } from "./homework-watch.ts";

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
