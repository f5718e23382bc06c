import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "@echolab/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { echolab } from "./echolab.ts";

/** Newer than any other run: what looks for the newest one comes to it first. */
const NAME = "99991231T235959Z-damaged";
const damaged = join(projectRoot(), "runs", NAME);
const folder = mkdtempSync(join(tmpdir(), "echolab-runs-"));

beforeAll(() => {
  mkdirSync(damaged, { recursive: true });
  writeFileSync(join(damaged, "result.json"), '{"version":2,"id":"20200101T0');
});
afterAll(() => {
  for (const each of [damaged, folder]) rmSync(each, { recursive: true });
});

/** Makes a folder with a `result.json` of this text, or with what `make` puts in its place. */
function run(name: string, text: string | ((file: string) => void)): string {
  const file = join(folder, name, "result.json");
  mkdirSync(join(folder, name));
  if (typeof text === "string") writeFileSync(file, text);
  else text(file);
  return `./${name}`;
}

test.concurrent.each([
  ["report", "cut-off", '{"version":2,"id":"2020', "not JSON"],
  ["compare", "with-a-mark", "\uFEFF{}", 'the key "version" is missing'],
  ["compare", "empty", "", "not JSON"],
  ["report", "list", "[]", "must be object"],
  ["compare", "nothing", "null", "must be object"],
  ["report", "older", '{"version":1}', "another version of Echolab wrote it"],
  ["compare", "newer", '{"version":3}', "another version of Echolab wrote it"],
  ["report", "foreign", '{"version":2}', "the key"],
  ["compare", "folder", (file: string) => mkdirSync(file), "not a regular file"],
  ["report", "fifo", (file: string) => execFileSync("mkfifo", [file]), "not a regular file"],
  ["compare", "endless", (file: string) => symlinkSync("/dev/zero", file), "not a regular file"],
] as const)(
  "%s of a result.json that is damaged (%s) is wrong usage: the file, and what to do",
  {
    timeout: 180_000,
  },
  async (command, name, text, why) => {
    const asked = run(name, text);
    const words = command === "report" ? [command, asked] : [command, asked, asked];
    const { code, stdout, stderr } = await echolab(words, folder);
    expect(stderr).toContain(`${name}/result.json: `);
    expect(stderr).toContain(why);
    expect(stderr).toContain("run it again, or remove its folder");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  },
);

test.each([
  ["report", 0],
  ["diff sequential event-loop", 0],
])("%s names a damaged run, passes over it, and goes on", { timeout: 180_000 }, async (words, expected) => {
  const { code, stderr, stdout } = await echolab(words.split(" "));
  expect(stderr).toContain(`${NAME}/result.json: not JSON`);
  expect(stdout).not.toBe("");
  expect(code).toBe(expected);
});

test("`last` is the newest run that can be read", { timeout: 180_000 }, async () => {
  const { stdout, stderr } = await echolab(["report", "last"]);
  expect(stderr).toContain(`left out: `);
  expect(stderr).toContain(`${NAME}/result.json`);
  expect(stdout).not.toContain(NAME);
});
