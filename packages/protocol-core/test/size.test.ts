import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const folder = new URL("../", import.meta.url);

// It is loaded in every thread and child, and what it costs to start them is a figure in the table.
describe("protocol-core", () => {
  test("has fewer than 300 lines of code", () => {
    const lines = readdirSync(new URL("src/", folder)).flatMap((name) =>
      linesOfCode(readFileSync(new URL(`src/${name}`, folder), "utf8")),
    );
    expect(lines.length).toBeGreaterThan(100); // else nothing has been counted
    expect(lines.length).toBeLessThan(300);
  });

  test("depends on nothing", () => {
    const { dependencies = {} } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
    expect(dependencies).toEqual({});
  });

  test("imports nothing but itself and Node", () => {
    for (const name of readdirSync(new URL("src/", folder))) {
      const source = readFileSync(new URL(`src/${name}`, folder), "utf8");
      for (const [, module] of source.matchAll(/(?:from|import\()\s*"([^"]+)"/g))
        expect(module).toMatch(/^(\.\/|node:)/);
    }
  });
});

/** Neither blank nor comment. */
function linesOfCode(source: string): string[] {
  return source
    .replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trim().startsWith("//"));
}
