import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@echolab/model";
import { expect, test } from "vitest";
import { echolab, left, outcome, readyAddress, start, startedBy } from "./echolab.ts";

test("serve runs a model until SIGINT, and leaves nothing behind", async () => {
  const command = start(["serve", "process-per-connection", "--port", "0"]);
  const ended = outcome(command);
  const { port } = await readyAddress(command);
  const client = connect(port, "127.0.0.1").on("error", () => {});
  client.write("hello");
  expect(await new Promise((resolve) => client.once("data", (data) => resolve(String(data))))).toBe("hello");
  const started = startedBy(command);
  expect(started.length).toBeGreaterThanOrEqual(3); // the guard, the server and its child
  command.kill("SIGINT");
  expect((await ended).code).toBe(130);
  expect(await eventually(() => left(started).length === 0, 10_000), "left running").toBe(true);
  client.destroy();
});

test("serve shows what the server prints", async () => {
  const folder = mkdtempSync(join(tmpdir(), "echolab-serve-"));
  const source = `
    console.error("first words");
    require("net").createServer((client) => { console.log("somebody came"); process.exit(7); })
      .listen(0, "127.0.0.1", function () { console.log("listening on 127.0.0.1:" + this.address().port); });`;
  const promises = { protocol: "tcp", clients: "many", overload: "refuse", idle: "sleeps", isolation: "none" };
  const manifest = {
    version: 1,
    title: "T",
    summary: "S.",
    command: ["node", "-e", source],
    ready: "line",
    ...promises,
  };
  writeFileSync(join(folder, "model.json"), JSON.stringify(manifest));
  const command = start(["serve", folder, "--port", "0"]);
  const ended = outcome(command);
  connect((await readyAddress(command)).port, "127.0.0.1").resume();
  const { code, stdout, stderr } = await ended;
  rmSync(folder, { recursive: true });
  expect(stdout).toMatch(/^somebody came$/m);
  expect(stderr).toMatch(/^first words$/m);
  expect(stderr).toContain("the server ended by itself (exit code 7)");
  expect(code).toBe(1);
});

test("serve says in one line that the port is taken, and what to do", async () => {
  const command = start(["serve", "event-loop", "--port", "0"]);
  const ended = outcome(command);
  const { port } = await readyAddress(command);
  const second = await echolab(["serve", "sequential", "--port", String(port)]);
  expect(second.stderr).toMatch(/EADDRINUSE.*choose another --port/);
  expect(second.code).toBe(1);
  command.kill("SIGTERM");
  expect((await ended).code).toBe(130);
});
