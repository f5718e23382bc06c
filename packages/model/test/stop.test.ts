import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { ServerProcess } from "../src/server-process.ts";
import { ENCLOSURES, READY, runs, shellServer } from "./shell-server.ts";

const LONG = 60_000;

const started: ServerProcess[] = [];
afterEach(() => Promise.all(started.splice(0).map((each) => each.stop())));
async function start(script: string): Promise<ServerProcess> {
  const process = await ServerProcess.start(shellServer(script));
  started.push(process);
  return process;
}
/** Its processes, once there are at least `count`. */
async function pidsOf(process: ServerProcess, count: number): Promise<number[]> {
  await expect.poll(() => process.tree().length, { timeout: LONG }).toBeGreaterThanOrEqual(count);
  return process.tree().map(({ pid }) => pid);
}
const states = (process: ServerProcess) => process.tree().map(({ state }) => state);

describe("to stop a server", { timeout: 180_000 }, () => {
  test("is SIGTERM, and leaves none of its processes", async () => {
    const process = await start(`${READY} sleep 60 & sleep 60; :`);
    const pids = await pidsOf(process, 2);
    await process.stop();
    expect(await process.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(pids.filter(runs)).toEqual([]);
    expect(process.running).toBe(false);
  });

  test("ends a parked one by SIGTERM too", async () => {
    const process = await start(`${READY} exec sleep 60`);
    process.park();
    await expect.poll(() => states(process), { timeout: LONG }).toEqual(["T"]);
    await process.stop();
    expect(await process.ended).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("is SIGKILL after 2 s for one that ignores SIGTERM, and for its children", async () => {
    const process = await start(`trap '' TERM; ${READY} sleep 60 & while :; do sleep 60; done`);
    const pids = await pidsOf(process, 2);
    const before = performance.now();
    await process.stop();
    expect(performance.now() - before).toBeGreaterThanOrEqual(1990); // milliseconds; clocks round differently
    expect(await process.ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(pids.filter(runs)).toEqual([]);
  });

  test("ends a child that has left the process group", async () => {
    // With job control (set -m), bash gives each of its jobs a process group of its own; dash needs a terminal for it.
    const process = await start(`exec bash -c 'set -m; sleep 60 & ${READY} wait'`);
    const pids = await pidsOf(process, 2);
    expect(pids.map(groupOf)).toEqual(pids);
    expect(pids).toHaveLength(2);
    await process.stop();
    expect(pids.filter(runs)).toEqual([]);
  });

  test("is nothing for one that has ended, and nothing the second time", async () => {
    const process = await start(`trap 'exit 5' USR1; ${READY} while :; do sleep 0.1; done`);
    process.signal("SIGUSR1");
    expect(await process.ended).toEqual({ code: 5, signal: null });
    await process.stop();
    await process.stop();
  });
});

describe("to park a server", { timeout: 180_000 }, () => {
  test("stops all of its processes until it is resumed", async () => {
    const process = await start(`sleep 60 & ${READY} wait`);
    process.park();
    await expect.poll(() => states(process), { timeout: LONG }).toEqual(["T", "T"]);
    process.resume();
    await expect.poll(() => states(process), { timeout: LONG }).toEqual(["S", "S"]);
  });
});

describe("a tool that is killed by SIGKILL", { timeout: 180_000 }, () => {
  test.each(ENCLOSURES)("takes its servers with it, also a stopped one, and their children: %s", async (enclosure) => {
    const words = [fileURLToPath(new URL("./fixture/tool.js", import.meta.url)), enclosure];
    const tool = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(tool, "exit");
    let pids: number[] = [];
    try {
      const [line] = (await once(createInterface(tool.stdout), "line")) as [string];
      const trees = JSON.parse(line) as number[][];
      pids = trees.flat();
      expect(trees.map((tree) => tree.length)).toEqual([2, 2]);
      expect(pids.filter(runs)).toEqual(pids);
      tool.kill("SIGKILL");
      await exit;
      await expect.poll(() => pids.filter(runs), { timeout: LONG, interval: 10 }).toEqual([]);
    } finally {
      tool.kill("SIGKILL");
      for (const pid of pids.filter(runs)) process.kill(pid, "SIGKILL");
    }
  });
});

test("a tool that ends, also by SIGKILL, takes its temporary folder with it", { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "echolab-guarded-"));
  writeFileSync(join(folder, "file"), "");
  const guard = fileURLToPath(new URL("../dist/guard.js", import.meta.url));
  const script = `import("${guard}").then(({ guardFolder }) => { guardFolder("${folder}"); setInterval(() => {}, 1000); console.log("guarded"); })`;
  const tool = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(tool.stdout, "data");
  expect(existsSync(folder)).toBe(true);
  tool.kill("SIGKILL");
  await expect.poll(() => existsSync(folder), { timeout: LONG, interval: 10 }).toBe(false);
});

test("a guard that is killed is followed by one that knows what it knew", { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "echolab-guarded-"));
  const guard = fileURLToPath(new URL("../dist/guard.js", import.meta.url));
  const script = `import("${guard}").then(({ guardFolder }) => { guardFolder("${folder}"); setInterval(() => console.log("it runs"), 20); })`;
  const tool = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(tool.stdout, "data");
  const guards = () =>
    readFileSync(`/proc/${tool.pid}/task/${tool.pid}/children`, "utf8")
      .split(" ")
      .map(Number)
      .filter(Boolean)
      .filter(runs);
  const [first] = guards();
  process.kill(first!, "SIGKILL");
  await expect.poll(() => guards().some((pid) => pid !== first), { timeout: LONG, interval: 10 }).toBe(true);
  // The new one is told in the same turn of the loop in which it is started: two turns later it has been.
  for (let i = 0; i < 2; i += 1) await once(tool.stdout, "data");
  tool.kill("SIGKILL");
  await expect.poll(() => existsSync(folder), { timeout: LONG, interval: 10 }).toBe(false);
});

function groupOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[4]); // the names here hold no space
}
