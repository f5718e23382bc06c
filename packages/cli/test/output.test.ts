import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { closedTerminal, command, outcome, plain, start } from "./echolab.ts";

/** The command in a shell, which sends its output elsewhere. */
const inShell = (words: readonly string[], redirection: string) =>
  outcome(spawn("/bin/sh", ["-c", `exec "$@" ${redirection}`, "sh", ...command(words)], { env: plain }));

test("a reader that has read enough, as head(1) has, is no error", { timeout: 180_000 }, async () => {
  const child = start(["models"]);
  child.stdout.destroy();
  const { code, stderr } = await outcome(child);
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test("a stdout that is full is one line on stderr, and exit code 1", { timeout: 180_000 }, async () => {
  const { code, stderr } = await inShell(["models"], ">/dev/full");
  expect(stderr).toMatch(/^error: stdout is not complete: ENOSPC.*\n$/);
  expect(code).toBe(1);
});

test("where stderr is full too, the exit code says it", { timeout: 180_000 }, async () => {
  expect((await inShell(["models"], ">/dev/full 2>&1")).code).toBe(1);
});

test("a full stderr does not change the exit code of wrong usage", { timeout: 180_000 }, async () => {
  expect((await inShell(["bench", "no-such-model"], "2>/dev/full")).code).toBe(2);
});

test("a terminal that is closed interrupts the command, which ends by itself", { timeout: 180_000 }, async () => {
  expect(await closedTerminal("is listening on", ["serve", "event-loop", "--port", "0"])).toBe("exit 130");
});
