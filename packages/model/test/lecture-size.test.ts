import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findModels } from "../src/discovery.ts";

const lectures = findModels()
  .map(({ name, folder }) => ({ name, file: join(folder, "src/serve.ts") }))
  .filter(({ file }) => existsSync(file));

test.each(lectures)("the whole of $name can be read in one sitting: at most 70 lines of code", ({ file }) => {
  const code = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line));
  expect(code.length).toBeGreaterThan(5);
  expect(code.length).toBeLessThanOrEqual(70);
});
