import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findModel, obstacle } from "@echolab/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { named } from "../src/grade/index.ts";
import { cases } from "../src/index.ts";
import { isFull } from "./faulty.ts";
import { conditions, judge } from "./judge.ts";

const FAULTY = fileURLToPath(new URL("../faulty", import.meta.url));
const names = readdirSync(FAULTY).filter((name) => !name.includes("."));
const readme = (name: string) => readFileSync(join(FAULTY, name, "README.md"), "utf8");

/** Each place where lines are changed: those that were there, and those that are to be. */
function hunks(text: string): { before: string; after: string }[] {
  const [, diff] = /```diff\n(.*?)```/s.exec(text)!;
  return diff!.split(/^@@\n/m).map((hunk) => {
    const lines = hunk.trimEnd().split("\n");
    const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1));
    return {
      before: `${without("+").join("\n")}\n`,
      after: without("-")
        .map((line) => `${line}\n`)
        .join(""),
    };
  });
}

/** Mends the server in `folder` as its README says. */
function mend(folder: string): void {
  const sources = readdirSync(folder).filter((file) => /^(server\.(mjs|py|c)|model\.json)$/.test(file));
  for (const { before, after } of hunks(readFileSync(join(folder, "README.md"), "utf8"))) {
    const file = sources.find((each) => readFileSync(join(folder, each), "utf8").includes(`\n${before}`));
    expect(file, `where is\n${before}`).toBeDefined();
    const text = readFileSync(join(folder, file!), "utf8");
    writeFileSync(
      join(folder, file!),
      text.replace(`\n${before}`, () => `\n${after}`),
    );
  }
}

describe("what the fold of a faulty server says", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "echolab-folds-"));
    mkdirSync(join(root, "faulty"));
    cpSync(join(FAULTY, "service.h"), join(root, "faulty/service.h"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const copied = (name: string) => {
    const folder = join(root, "faulty", name);
    cpSync(join(FAULTY, name), folder, { recursive: true, filter: (path) => !path.endsWith("/server") });
    mend(folder);
    return folder;
  };

  test.each(names)("%s: can be done as it stands there", (name) => {
    rmSync(copied(name), { recursive: true });
  });

  test.for(names)("%s: makes it pass", { timeout: 240_000 * conditions.slowness }, async (name, { skip }) => {
    skip(!isFull, "takes seconds: it runs by pnpm conformance");
    const model = findModel(copied(name), "/");
    const missing = await obstacle(model);
    if (missing) skip(missing);
    const id = /--only (\S+?)`/.exec(readme(name))![1]!;
    const { verdict, why } = await judge(model, named(cases, id)[0]!);
    expect({ verdict, why }).toMatchObject({ verdict: expect.stringMatching(/^(pass|by design|unverifiable)$/) });
  });
});
