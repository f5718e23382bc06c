import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
/** The names of errors between two texts. */
function codesIn(source: string, from: string, to: string): string[] {
  const start = source.indexOf(from);
  return [...source.slice(start, source.indexOf(to, start)).matchAll(/"(E[A-Z]+)"/g)].map(([, code]) => code!).sort();
}

// A solution stands alone, so each has the list written down: it is the same list.
describe.each(["concurrent", "non-blocking", "sequential"])("the solution %s-typescript", (name) => {
  test("takes the same errors for a client's end as the servers do", () => {
    const servers = codesIn(read("../../protocol-core/src/failures.ts"), "const GONE", "]);");
    expect(servers).toContain("ECONNRESET"); // else nothing has been compared
    expect(codesIn(read(`../solutions/${name}-typescript/server.ts`), "function isGone", "];")).toEqual(servers);
  });
});
