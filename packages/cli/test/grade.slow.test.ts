import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, isOnPath } from "@echolab/model";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { echolab } from "./echolab.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "echolab-grade-")); // not before: where all is skipped, nothing is removed
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Processes in whose command line `word` stands: it is a word that nobody else uses. */
const running = (word: string) =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word) && pid !== String(process.pid);
      } catch {
        return false; // it has just ended
      }
    });

/** Grades a program of Python's, given as text. @returns what was said, and which of its processes are left */
async function gradePython(source: string, word: string, ...options: string[]) {
  const command = ["grade", ...options, "--", "python3", "-c", source, "{host}", "{port}", word];
  const { code, stdout } = await echolab(command, folder);
  await eventually(() => running(word).length === 0, 2000);
  return { code, stdout: stdout.replace(/\s+/g, " "), left: running(word) };
}

const LISTENS = `
import os, socket, sys, time
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
`;
const ECHOES = `
while True:
    client, _ = server.accept()
    while data := client.recv(65536):
        client.sendall(data)
    client.close()
`;

// Each waits for something that never comes.

describe("a program that", { timeout: 300_000 }, () => {
  beforeEach(({ skip }) => skip(!isOnPath("python3"), "needs python3 on PATH"));
  const short = ["--timeout-multiplier", "0.2", "--only", "tcp/start/ready"];

  test("forks for ever is stopped by the limit, and nothing of it is left", async () => {
    const { code, stdout, left } = await gradePython(
      `${LISTENS}\nwhile True:\n    if os.fork() == 0:\n        time.sleep(1000)`,
      "echolab-forks",
      ...short,
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 fail tcp\/start\/ready/);
    expect(left).toEqual([]);
  });

  test("fills stdout is graded all the same", async () => {
    const source = `${LISTENS}\nimport threading\nthreading.Thread(target=lambda: [print("x" * 10000, flush=True) for _ in iter(int, 1)], daemon=True).start()\n${ECHOES}`;
    const { code, stdout, left } = await gradePython(
      source,
      "echolab-fills",
      "--profile",
      "sequential",
      "--only",
      "tcp/echo/every-byte",
    );
    expect(stdout).toContain("score 100 of 100");
    expect(code).toBe(0);
    expect(left).toEqual([]);
  });

  test("prints nothing and never listens is given up", async () => {
    const { code, stdout, left } = await gradePython("import time\ntime.sleep(1000)", "echolab-silent", ...short);
    expect(stdout).toMatch(/was not ready within [\d.]+ s/);
    expect(code).toBe(1);
    expect(left).toEqual([]);
  });

  test("listens on another port is told so", async () => {
    const source = `import socket, time\ns = socket.create_server(("127.0.0.1", 0))\ntime.sleep(1000)`;
    const { code, stdout, left } = await gradePython(source, "echolab-elsewhere", ...short);
    expect(stdout).toMatch(/it listens on 127\.0\.0\.1:\d+, not on port \d+/);
    expect(code).toBe(1);
    expect(left).toEqual([]);
  });

  test("never starts is failed with its last words, and all other cases are skipped", async () => {
    const { code, stdout } = await gradePython("raise SystemExit('no port today')", "echolab-ends");
    expect(stdout).toContain("ended with exit code 1 before it was ready: no port today");
    expect(stdout).toContain("2 skipped tcp/half-close/fin-without-data, and 43 more it did not start");
    expect(stdout).toContain("score 0 of 100");
    expect(code).toBe(1);
  });

  test("ignores SIGTERM fails the case about that, and does not stay", async () => {
    const source = `import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n${LISTENS}\n${ECHOES}`;
    const { stdout, left } = await gradePython(
      source,
      "echolab-stays",
      "--profile",
      "sequential",
      "--only",
      "tcp/ending/first-process-ends,tcp/echo/every-byte",
    );
    expect(stdout).toMatch(/42 fail .*4 pass|4 pass .*42 fail/);
    expect(stdout).toContain("after SIGTERM to the first process, processes are left: 1");
    expect(left).toEqual([]);
  });

  test("leaves the session is found by its control group, where this machine has one", async ({ skip }) => {
    const source = `${LISTENS}\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\n${ECHOES}`;
    const { left } = await gradePython(
      source,
      "echolab-leaves",
      "--profile",
      "sequential",
      "--only",
      "tcp/start/ready",
    );
    if (process.getuid?.() !== 0) skip("only root may make a control group");
    expect(left).toEqual([]);
  });

  test("crashes in one case is graded on the others", async () => {
    const source = `${LISTENS}
while True:
    client, _ = server.accept()
    while data := client.recv(65536):
        if 0 in data:
            os.kill(os.getpid(), 11)
        client.sendall(data)
    client.close()`;
    const { stdout } = await gradePython(
      source,
      "echolab-crashes",
      "--profile",
      "sequential",
      "--only",
      "tcp/echo/every-byte,tcp/echo/nothing-more,tcp/half-close/fin",
    );
    expect(stdout).toContain("the server ended (signal 11, SIGSEGV)");
    expect(stdout).toMatch(/4 fail .* 2 pass|2 pass .* 4 fail/);
  });
});
