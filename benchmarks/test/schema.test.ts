import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createGenerator } from "ts-json-schema-generator";
import { expect, test } from "vitest";

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test("result.schema.json is what result.ts says (pnpm --filter @echolab/benchmarks schema)", {
  timeout: 60_000,
}, () => {
  const made = createGenerator({
    ...{ path: file("src/result.ts"), tsconfig: file("tsconfig.json"), type: "Result", skipTypeCheck: true },
    schemaId: "https://echolab.dev/schema/result-2.json",
  }).createSchema("Result");
  expect(JSON.parse(JSON.stringify(made))).toEqual(JSON.parse(readFileSync(file("result.schema.json"), "utf8")));
});
