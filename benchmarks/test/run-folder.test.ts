import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { RunFolder } from "../src/run-folder.ts";
import { madeUp } from "./fixture.ts";

const SEED = 987_654_340;
const at = new Date("2026-01-02T03:04:05.678Z");
const made: RunFolder[] = [];
const folder = () => {
  const one = new RunFolder(at, SEED);
  made.push(one);
  return one;
};
afterEach(() => {
  for (const { path } of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

describe("a run's folder", () => {
  test("is its own, also where others begin in the same second with the same seed", () => {
    const ids = [folder(), folder(), folder()].map(({ id }) => id);
    expect(ids).toEqual(["", "-2", "-3"].map((number) => `20260102T030405Z-${SEED}${number}`));
  });

  test("has a line for each window, and at the end the result, its page and its summary", async () => {
    const run = folder();
    for (const block of [0, 1]) run.append({ block });
    await run.keep(madeUp(2));
    expect(readFileSync(join(run.path, "blocks.ndjson"), "utf8")).toBe('{"block":0}\n{"block":1}\n');
    expect(readdirSync(run.path).sort()).toEqual(["blocks.ndjson", "report.html", "result.json", "summary.md"]);
    expect(run.unwritten).toBeUndefined();
  });

  test("that somebody removes ends no run: it says what is not there", async () => {
    const run = folder();
    rmSync(run.path, { recursive: true });
    run.append({ block: 0 });
    await run.keep(madeUp(2));
    expect(run.unwritten).toContain("ENOENT");
    expect(existsSync(run.path)).toBe(false);
  });
});
