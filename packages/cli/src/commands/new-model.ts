import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { findModel, isOnPath, type Manifest, ManifestError, projectRoot } from "@echolab/model";
import { Command, Option } from "commander";
import { requireFree, typedIn } from "../arguments.ts";
import { stdout } from "../terminal.ts";

export function newModel(): Command {
  return new Command("new-model")
    .description("Make a server of your own, with a row in every table at once")
    .argument("<name>", "what it is called in every table: a-z, 0-9 and hyphens")
    .addOption(new Option("--from <model>", "a model of this project to begin from").default("event-loop"))
    .addOption(new Option("--command <words>", "how a server in another language is started").conflicts("from"))
    .addHelpText(
      "after",
      `
Examples:
  pnpm new-model my-epoll --from epoll
  pnpm new-model my-python --command "python3 server.py {host} {port}"`,
    )
    .action(run);
}

function run(name: string, { from, command }: { from: string; command?: string }): void {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name))
    throw new ManifestError(
      `"${name}": a name is made of a-z, 0-9 and hyphens, begins with a letter, and has at most 40 characters`,
    );
  requireFree(name);
  const folder = join(projectRoot(), "packages", command === undefined ? `server-${name}` : name);
  const shown = relative(typedIn, folder);
  if (existsSync(folder)) throw new ManifestError(`${shown} is there already: choose another name`);
  const missing = command === undefined ? own(folder, name, from) : foreign(folder, name, command);
  console.log(`${stdout.bold(shown)} is there`);
  if (missing.length > 0) console.log(`still to come: ${missing.join(", ")}`);
  else if (command === undefined) console.log(`its whole server: ${join(shown, "src/serve.ts")}`);
  if (command !== undefined) console.log(`what it promises is a guess, to be put right: ${join(shown, "model.json")}`);
  console.log(`next: pnpm grade ${name}\n      pnpm bench ${name} event-loop --quick`);
}

/** A package like that of `from`, without what only that one promises. */
function own(folder: string, name: string, from: string): string[] {
  const model = findModel(from, typedIn);
  const ours = join(projectRoot(), "packages", `server-${model.name}`);
  if (model.folder !== ours)
    throw new ManifestError(`--from ${from}: it begins from a model under packages/, in TypeScript; see pnpm models`);
  const kept = [
    "",
    "model.json",
    "package.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "test",
    "test/conformance.test.ts",
  ];
  const isKept = (path: string) => kept.includes(path) || path === "src" || path.startsWith("src/");
  cpSync(ours, folder, { recursive: true, filter: (source) => isKept(relative(ours, source)) });
  rewrite(join(folder, "package.json"), (text) => text.replaceAll(`server-${model.name}"`, `server-${name}"`));
  rewrite(join(folder, "model.json"), (text) =>
    text
      .replace(/"title": "[^"]*"/, `"title": "${name}"`)
      .replace(/"summary": "[^"]*"/, `"summary": "A variant of ${model.name}."`),
  );
  writeFileSync(
    join(folder, "README.md"),
    `# ${name}: a variant of ${model.name}

**What it does differently, in one sentence.** The whole server is [\`src/serve.ts\`](src/serve.ts); \`pnpm diff ${model.name} ${name}\`
shows what it changes, and what that bought in the last run. What it promises stands in \`model.json\`, and the suite holds it to that.
`,
  );
  return [];
}

/** A folder with a model.json for a program that is no package. @returns the files of its command that are not there */
function foreign(folder: string, name: string, command: string): string[] {
  const words = command.trim().split(/\s+/);
  if (!words.some((word) => word.includes("{port}")))
    throw new ManifestError(
      `--command "${command}": the command needs {port}, such as "python3 server.py {host} {port}"`,
    );
  const manifest: Omit<Manifest, "options" | "env" | "build" | "requires"> & { $schema: string } = {
    $schema: "../model/model.schema.json",
    version: 1,
    title: name,
    summary: "A server of our own.",
    protocol: "tcp",
    command: words,
    ready: "listen",
    clients: "many",
    overload: "queue",
    idle: "sleeps",
    isolation: "none",
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  // The first word is looked for on PATH, and so may be another one: `env python3.11 server.py`.
  const files = words.slice(1).filter((word) => /^[\w.-]+\.[a-z]\w*$/i.test(word) && !isOnPath(word));
  for (const file of files.filter((file) => existsSync(resolve(typedIn, file))))
    copyFileSync(resolve(typedIn, file), join(folder, basename(file)));
  return files.filter((file) => !existsSync(join(folder, file))).map((file) => join(relative(typedIn, folder), file));
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}
