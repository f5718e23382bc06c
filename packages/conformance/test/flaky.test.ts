import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findModel } from "@echolab/model";
import { afterAll, expect, test } from "vitest";
import { grade } from "../src/grade/index.ts";
import { conditions } from "./judge.ts";

const folder = mkdtempSync(join(tmpdir(), "echolab-flaky-"));
afterAll(() => rmSync(folder, { recursive: true }));

// It counts its starts. The grader looks at the first one; the second one is wrong.
writeFileSync(
  join(folder, "server.mjs"),
  `import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
appendFileSync("starts", "x");
const isWrong = readFileSync("starts").length === 2;
createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => {});
  client.on("data", (bytes) => client.write(isWrong ? bytes.map((byte) => byte ^ 1) : bytes));
  client.on("end", () => client.end());
}).listen(Number(process.argv[3]), process.argv[2], function () {
  console.log("listening on 127.0.0.1:" + this.address().port);
});
`,
);
writeFileSync(
  join(folder, "model.json"),
  JSON.stringify({
    ...{ version: 1, title: "Flaky", summary: "Wrong once.", protocol: "tcp", ready: "line" },
    ...{ command: ["node", "server.mjs", "{host}", "{port}"] },
    ...{ clients: "many", overload: "queue", idle: "sleeps", isolation: "none" },
  }),
);

test("what fails once and passes when it is asked again alone is flaky, and counts as failed", {
  timeout: 60_000,
}, async () => {
  const told: string[] = [];
  const { results, score } = await grade(
    {
      ...{ subject: findModel(folder, "/"), declared: true, profile: "concurrent", only: ["tcp/echo/every-byte"] },
      ...conditions,
      signal: new AbortController().signal,
    },
    (_, { verdict }) => told.push(verdict),
  );
  expect(told).toEqual(["not asked", "fail", "flaky"]);
  expect(results).toHaveLength(1);
  expect(results[0]!.why).toMatch(/^it failed once \(.*different from byte 0 on.*\), and passed once$/);
  expect(score).toBe(0);
});
