import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOnPath, projectRoot } from "@echolab/model";
import { afterAll, describe, expect, test } from "vitest";
import { echolab, outcome, program, readyAddress, start, startedBy } from "./echolab.ts";

const folder = mkdtempSync(join(tmpdir(), "echolab-grade-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a grade", { timeout: 300_000 }, () => {
  test("names threads where the assignment forbids them", async () => {
    const words = ["grade", "thread-per-connection", "--profile", "non-blocking", "--only", "tcp/model"];
    const { code, stdout } = await echolab(words);
    expect(stdout).toContain("seen: many clients at once, a thread for each");
    expect(stdout.replace(/\s+/g, " ")).toContain("5 clients brought 5 threads: this is a thread per client");
    expect(code).toBe(1);
  });

  test("tells an event loop from a loop that asks, and sleeps in between", async ({ skip }) => {
    skip(!isOnPath("python3"), "needs python3 on PATH");
    const solutions = join(projectRoot(), "packages/homework/solutions");
    const of = (solution: string) =>
      echolab(["grade", `./${solution}`, "--profile", "event-loop", "--only", "48"], solutions);
    const asks = await of("non-blocking-python");
    expect(asks.stdout).toMatch(/48 {2}fail .*required: at most (50 wake-ups a second|5 % of a processor); came: \d+/s);
    expect(asks.code).toBe(1);
    expect((await of("event-loop-python")).code).toBe(0);
  });

  test("without bubblewrap says so in every report, or is wrong usage where it was asked for", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can hide a program in a mount namespace");
    const hidden = (...words: string[]) => {
      const script = 'mount --bind /dev/null /usr/bin/bwrap; exec "$0" "$@"';
      const child = spawn("unshare", ["--mount", "sh", "-c", script, process.execPath, program, ...words], {
        cwd: folder,
      });
      return outcome(child);
    };
    skip(!existsSync("/usr/bin/bwrap"), "bubblewrap is not installed, or may not run here");
    const command = ["--", "sh", "-c", "exit 1", "{port}"];
    const auto = await hidden("grade", "--only", "1", "--json", join(folder, "auto.json"), ...command);
    expect(auto.stderr).toContain("warning: no sandbox (there is no bwrap; install bubblewrap: apt-get install");
    expect(auto.stdout).toContain("sandbox: none, a PID namespace only");
    expect(JSON.parse(readFileSync(join(folder, "auto.json"), "utf8")).sandbox).toContain("there is no bwrap");
    const bwrap = await hidden("grade", "--only", "1", "--sandbox", "bwrap", ...command);
    expect(bwrap.stderr).toContain(
      "--sandbox bwrap: there is no bwrap; install bubblewrap: apt-get install bubblewrap",
    );
    expect(bwrap.code).toBe(2);
  });

  test("of a server that does not build says what the compiler says, and is 0", async () => {
    mkdirSync(join(folder, "broken"));
    const manifest = {
      ...{
        version: 1,
        title: "Broken",
        summary: "Its build fails.",
        protocol: "tcp",
        command: ["true"],
        ready: "line",
      },
      ...{ clients: "many", overload: "queue", idle: "sleeps", isolation: "none" },
      build: ["sh", "-c", "echo 'server.c:2: error: oops' >&2; exit 1"],
    };
    writeFileSync(join(folder, "broken/model.json"), JSON.stringify(manifest));
    const { code, stdout } = await echolab(["grade", "./broken", "--gradescope", "r0.json"], folder);
    expect(stdout).toContain("its build failed: server.c:2: error: oops");
    expect(JSON.parse(readFileSync(join(folder, "r0.json"), "utf8")).score).toBe(0);
    expect(code).toBe(1);
  });

  test("of a server that runs already cannot verify what is behind its process", async () => {
    const server = start(["serve", "event-loop", "--port", "0"]);
    try {
      const { host, port } = await readyAddress(server);
      const only = "tcp/start,tcp/half-close,tcp/echo/every-byte";
      const { code, stdout } = await echolab(["grade", "--connect", `${host}:${port}`, "--only", only]);
      expect(stdout).toMatch(/43 {2}unverifiable +tcp\/start\/same-port-again/);
      expect(stdout).toMatch(/ 4 {2}pass +tcp\/echo\/every-byte/);
      expect(code).toBe(0);
    } finally {
      const started = startedBy(server);
      const ended = outcome(server);
      server.kill("SIGTERM");
      await ended;
      expect(started.length).toBeGreaterThan(0);
    }
  });

  test("writes its files after every case, and its TAP instead of the table", async () => {
    const files = [
      "--json",
      "out/g.json",
      "--junit",
      "out/g.xml",
      "--gradescope",
      "out/r.json",
      "--html",
      "out/g.html",
    ];
    const { code, stdout } = await echolab(
      ["grade", "event-loop", "--only", "tcp/half-close", "--tap", "-", ...files],
      folder,
    );
    expect(stdout).toMatch(/^TAP version 14\n1\.\.2\nok 1/);
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["g.html", "g.json", "g.xml", "r.json"]);
    expect(JSON.parse(readFileSync(join(folder, "out/r.json"), "utf8")).score).toBe(100);
    expect(code).toBe(0);
  });

  test("of a server whose kernel fails, by strace", async ({ skip }) => {
    skip(!isOnPath("strace"), "needs strace on PATH");
    const { code, stdout } = await echolab([
      "grade",
      "sequential",
      "--only",
      "tcp/echo/every-byte,tcp/half-close",
      "--inject",
      "recvfrom:error=EINTR:when=2+3",
    ]);
    expect(stdout).toContain("score 100 of 100");
    expect(code).toBe(0);
  });
});
