import { connect } from "node:net";
import { expect, test } from "vitest";
import { echolab, eventually, left, outcome, start, startedBy } from "./echolab.ts";

test("serve runs a model until SIGINT, and leaves nothing behind", async () => {
  const command = start(["serve", "process-per-connection", "--port", "0"]);
  const ended = outcome(command);
  const port = await new Promise<number>((resolve) =>
    command.stdout.on("data", (text) => resolve(Number(/listening on 127\.0\.0\.1:(\d+)/.exec(String(text))![1]))),
  );
  const client = connect(port, "127.0.0.1").on("error", () => {});
  client.write("hello");
  expect(await new Promise((resolve) => client.once("data", (data) => resolve(String(data))))).toBe("hello");
  const started = startedBy(command);
  expect(started.length).toBeGreaterThanOrEqual(3); // the guard, the server and its child
  command.kill("SIGINT");
  expect((await ended).code).toBe(130);
  expect(await eventually(() => left(started).length === 0, 1000), "left after 1 s").toBe(true);
  client.destroy();
});

test("serve says in one line that the port is taken, and what to do", async () => {
  const command = start(["serve", "event-loop", "--port", "0"]);
  const ended = outcome(command);
  const port = await new Promise<string>((resolve) =>
    command.stdout.on("data", (text) => resolve(/:(\d+)/.exec(String(text))![1]!)),
  );
  const second = await echolab(["serve", "sequential", "--port", port]);
  expect(second.stderr).toMatch(/EADDRINUSE.*choose another --port/);
  expect(second.code).toBe(1);
  command.kill("SIGTERM");
  expect((await ended).code).toBe(130);
});
