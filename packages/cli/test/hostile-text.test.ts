import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findModel } from "@echolab/model";
import { afterAll, describe, expect, test } from "vitest";
import { toJson } from "../src/commands/models.ts";
import { echolab, outcome, start } from "./echolab.ts";

const folder = mkdtempSync(join(tmpdir(), "echolab-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A title, a clear screen cut in two, the clipboard in C1, a turned direction, and lines that look like TAP's. */
const WORDS = [
  "Error: \x1b",
  "[2J \x1b]0;HOSTILE\x07 \x9d52;c;SE9T\x07 \u202erlo ]]> <script>alert(1)</script>",
  "\nnot ok 99 - injected\nBail out! injected\n",
];
/** What a terminal would obey, and marks that are not seen. */
const OBEYED = /[^\P{Cc}\n\t]|\p{Cf}/u;

/** Serves one client; when the second one comes, it says the words one after the other, and dies. */
const SERVER = `
const { writeSync } = require("node:fs");
const say = ([first, ...others]) => {
  if (first === undefined) process.exit(3);
  writeSync(2, first);
  setTimeout(say, 100, others);
};
let clients = 0;
require("node:net").createServer((client) => ++clients === 1 ? client.pipe(client).on("error", () => {}) : say(${JSON.stringify(WORDS)}))
  .listen(0, "127.0.0.1", function () { console.log("listening on 127.0.0.1:" + this.address().port); });`;

function hostileModel(name: string, changes: object = {}): string {
  const model = join(folder, name);
  mkdirSync(model);
  const manifest = {
    ...{ version: 1, title: "T\x1b]0;HOSTILE\x07", summary: "\x9b2JS.", protocol: "tcp", ready: "line" },
    ...{ command: ["node", "-e", SERVER], clients: "many", overload: "refuse", idle: "sleeps", isolation: "none" },
    ...{ options: { mood: { values: ["good", "bad"], default: "good", help: "\x1b[2Jhelp" } } },
    ...changes,
  };
  writeFileSync(join(model, "model.json"), JSON.stringify(manifest));
  return model;
}

describe("what a stranger says", { timeout: 180_000 }, () => {
  test("reaches neither the terminal nor a file of the grade as anything but text", async () => {
    const model = hostileModel("hostile\x1b]0;NAME\x07");
    const files = ["json", "junit", "tap", "gradescope", "html"].flatMap((kind) => [`--${kind}`, `out/${kind}`]);
    const { code, stdout, stderr } = await echolab(["grade", model, "--only", "3", ...files], folder);
    expect(code).toBe(1);
    expect(stdout).toContain("rlo ]]> <script>");
    const written = readdirSync(join(folder, "out")).map((name) => readFileSync(join(folder, "out", name), "utf8"));
    expect(written).toHaveLength(5);
    for (const text of [stdout, stderr, ...written]) expect(text).not.toMatch(OBEYED);
    const page = readFileSync(join(folder, "out/html"), "utf8");
    expect(page).not.toContain("<script");
    const points = readFileSync(join(folder, "out/tap"), "utf8").split("\n");
    expect(points.filter((line) => /^(ok|not ok|Bail out!)/.test(line))).toEqual([
      expect.stringMatching(/^not ok 1 - tcp\/echo/),
    ]);
  });

  test.each([
    ["a compiler's words", { build: ["sh", "-c", "printf 'error: \\033]0;HOSTILE\\007\\033[2J x' >&2; exit 1"] }],
    ["a command that is not there", { command: ["no-\x1b[2Jsuch"] }],
    ["a wrong key of its model.json", { "\x1b[2J": 1 }],
    ["what it needs", { requires: { os: [], commands: ["\x1b[2J-nothing"] } }],
  ])("is text on the terminal where it is %s", async (what, changes) => {
    const model = hostileModel(what.replaceAll(/\W/g, ""), changes);
    const { code, stdout, stderr } = await echolab(["grade", model, "--only", "3"], folder);
    expect(code).toBeGreaterThan(0);
    expect(stdout + stderr).not.toMatch(OBEYED);
  });

  test("is text where serve passes it on", async () => {
    const command = start(["serve", hostileModel("served"), "--port", "0"]);
    const ended = outcome(command);
    command.stdout.once("data", (text) => {
      const port = Number(/:(\d+)\n/.exec(String(text))![1]);
      for (let i = 0; i < 2; i += 1)
        connect(port, "127.0.0.1")
          .on("error", () => {})
          .resume();
    });
    const { stdout, stderr } = await ended;
    expect(stderr).toContain("not ok 99 - injected");
    expect(stdout + stderr).not.toMatch(OBEYED);
  });

  test("leaves the list of models JSON, also where a sequence never ends", () => {
    const model = hostileModel("unended", { command: ["node", "\x9d52;c;", "after"], env: { "A\x9b2J": "\x1b]0;" } });
    const text = toJson([findModel(model, folder)]);
    expect(text).not.toMatch(OBEYED);
    expect(JSON.parse(text)).toMatchObject([{ command: ["node", "", "after"], env: { A: "" } }]);
  });
});
