import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "@echolab/model";
import { expect, test } from "vitest";

const root = projectRoot();
const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));

/** The source files of a package, each with those of its own package that it imports, types too. */
function importsIn(folder: string): Map<string, string[]> {
  const src = join(folder, "src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(
    files.map((name) => {
      const text = readFileSync(join(src, name), "utf8");
      const paths = [...text.matchAll(/(?: from|\bimport) ?\(?"(\.[^"]+)"/g)].map(([, path]) =>
        join(dirname(name), path!),
      );
      return [name, paths.filter((path) => files.includes(path))];
    }),
  );
}

/** What is imported by way of `file` and leads back to it: `a.ts > b.ts > a.ts`. */
function circle(imports: ReadonlyMap<string, readonly string[]>, file: string): string | undefined {
  const ways = new Map([[file, file]]);
  for (const [each, way] of ways) // a map visits what is added meanwhile
    for (const next of imports.get(each) ?? []) {
      if (next === file) return `${way} > ${file}`;
      if (!ways.has(next)) ways.set(next, `${way} > ${next}`);
    }
  return undefined;
}

const withSource = [...packages, join(root, "benchmarks")].filter((folder) => readdirSync(folder).includes("src"));

test.each(withSource.map((folder) => relative(root, folder)))("%s has no import circle", (name) => {
  const imports = importsIn(join(root, name));
  expect([...imports.keys()].flatMap((file) => circle(imports, file) ?? [])).toEqual([]);
});

test("the README of the cli has every command", () => {
  const readme = readFileSync(join(root, "packages/cli/README.md"), "utf8");
  const main = readFileSync(join(root, "packages/cli/src/main.ts"), "utf8");
  const commands = [...main.matchAll(/^ {2}"?([a-z-]+)"?: async \(\)/gm)].map(([, name]) => name!);
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((name) => !readme.includes(`\`pnpm ${name}`))).toEqual([]);
});
