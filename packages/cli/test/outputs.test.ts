import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { echolab } from "./echolab.ts";

const folder = mkdtempSync(join(tmpdir(), "echolab-outputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const grade = (...words: string[]) => echolab(["grade", "event-loop", "--only", "4", ...words], folder);
const isReport = (text: string) => expect(JSON.parse(text)).toMatchObject({ version: 1, score: 100 });

/** What a program prints until it ends. */
const printed = (child: ChildProcess) =>
  new Promise<string>((resolve) => {
    let text = "";
    child.stdout!.on("data", (chunk) => (text += chunk)).once("end", () => resolve(text));
  });

describe("an output", { timeout: 60_000 }, () => {
  test("that cannot be written is said before the server is started, in one line", async () => {
    const { code, stdout, stderr } = await grade("--json", "/proc/x/y.json");
    expect(stderr).toMatch(/^error: \/proc\/x\/y\.json cannot be written: ENOENT.*\n$/m);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("is opened and says `not asked` before a stranger's build runs", async () => {
    mkdirSync(path("hw"));
    const manifest = {
      ...{
        version: 1,
        title: "A server",
        summary: "Its build looks.",
        protocol: "tcp",
        ready: "line",
        clients: "many",
      },
      ...{ overload: "queue", idle: "sleeps", isolation: "none", command: ["sh"] },
      build: ["sh", "-c", `cp ${path("early.json")} seen.json; exit 1`],
    };
    writeFileSync(path("hw/model.json"), JSON.stringify(manifest));
    const words = ["grade", "./hw", "--only", "4", "--sandbox", "none", "--json"];
    expect((await echolab([...words, "/proc/x/y.json"], folder)).code).toBe(2);
    expect(existsSync(path("hw/seen.json"))).toBe(false);
    expect((await echolab([...words, "early.json"], folder)).code).toBe(1);
    const { cases } = JSON.parse(readFileSync(path("hw/seen.json"), "utf8"));
    expect(cases).toMatchObject([{ verdict: "not asked" }]);
  });

  test("that two options name, by whatever path, is refused", async () => {
    symlinkSync("one.json", path("other.xml"));
    const { code, stderr } = await grade("--json", "one.json", "--junit", "./other.xml");
    expect(stderr).toContain("--json one.json and --junit ./other.xml are one file: each needs its own");
    expect(code).toBe(2);
  });

  test("that is stdout by another name stands behind the table", async () => {
    const { code, stdout } = await grade("--json", "/dev/stdout");
    isReport(stdout.slice(stdout.indexOf("{")));
    expect(stdout).toMatch(/^event-loop · profile concurrent/);
    expect(code).toBe(0);
  });

  test("that is full in the end is said, and the exit code is 3", async () => {
    const { code, stderr, stdout } = await grade("--json", "/dev/full");
    expect(stderr).toContain("--json /dev/full could not be written: ENOSPC");
    expect(stdout).toContain("score 100 of 100");
    expect(code).toBe(3);
  });

  test("that is a device leaves it a device, also where root writes", async ({ skip }) => {
    // In a mount namespace of its own, so that a fault here does not replace the machine's own device.
    const script = `mount -t tmpfs tmpfs "$0" && mknod -m 666 "$0/null" c 1 3 && "$@" && stat -c %F "$0/null" && ls "$0"`;
    mkdirSync(path("dev"));
    const program = join(import.meta.dirname, "../bin/echolab.js");
    const command = [process.execPath, program, "grade", "event-loop", "--only", "4", "--json", path("dev/null")];
    const child = spawn("unshare", ["--mount", "sh", "-c", script, path("dev"), ...command]);
    let refused = "";
    child.stderr.on("data", (chunk) => (refused += chunk));
    const text = await printed(child);
    if (/Operation not permitted|must be superuser|permission denied/i.test(refused)) skip("no mount namespace here");
    expect(text).toMatch(/character special file\nnull\n$/);
    expect(existsSync(path("dev/null"))).toBe(false);
  });
});
