import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { spawnFailure } from "../src/spawn-failure.ts";
import { runs } from "./shell-server.ts";

const LONG = 10_000;
const guard = fileURLToPath(new URL("../dist/guard.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "echolab-guard-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A tool that has given these orders to its guard, said so, and then stays. */
async function tool(orders: string): Promise<ChildProcessByStdio<null, Readable, null>> {
  const script = `import(${JSON.stringify(guard)}).then((guard) => { ${orders}; setInterval(() => {}, 1000); console.log("told"); })`;
  const child = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}
const guardsOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").map(Number).filter(Boolean);

/** Kills the tool, and waits until its guard has done its work. */
async function kill(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  const [pid] = guardsOf(child.pid!);
  child.kill("SIGKILL");
  await expect.poll(() => runs(pid!), { timeout: LONG, interval: 10 }).toBe(false);
}

describe("the guard", { timeout: 30_000 }, () => {
  test("does not wait for control groups that are gone", async () => {
    const gone = Array.from({ length: 6 }, (_, number) => join(folder, `gone-${number}`));
    await kill(await tool(`${JSON.stringify(gone)}.forEach(guard.guardControlGroup)`)); // each would take 10 s
  });

  test("removes the control groups that it holds, and not one that it has been told to forget", async () => {
    const [held, forgotten] = ["held", "forgotten"].map((name) => join(folder, name)); // an empty folder is removed as one
    for (const each of [held!, forgotten!]) mkdirSync(each);
    const orders = [held, forgotten].map((each) => `guard.guardControlGroup(${JSON.stringify(each)})`);
    await kill(await tool(`${orders.join(";")}; guard.unguardControlGroup(${JSON.stringify(forgotten)})`));
    expect([held, forgotten].map((each) => existsSync(each!))).toEqual([false, true]);
  });

  test("ends all of a session, those too that have a process group of their own", async () => {
    const session = spawn("bash", ["-c", "set -m; sleep 60 & echo $!; wait"], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [other] = await once(session.stdout.setEncoding("utf8"), "data");
    const bystander = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    await kill(await tool(`guard.guardSession(${session.pid})`));
    await expect.poll(() => [session.pid!, Number(other)].filter(runs), { timeout: LONG }).toEqual([]);
    expect(runs(bystander.pid!)).toBe(true);
    bystander.kill();
  });

  test("takes a path for one path, whatever is in it", async () => {
    const bystander = join(folder, "bystander");
    mkdirSync(bystander);
    const names = [`alice\nhold folder:${bystander}`, "trail ", "a\\b", "*", "feed\n", "$(x)'\""];
    const paths = names.map((name, number) => join(folder, `odd-${number}`, name));
    for (const path of paths) mkdirSync(path, { recursive: true });
    await kill(await tool(`${JSON.stringify(paths)}.forEach(guard.guardFolder)`));
    expect(paths.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(bystander)).toBe(true);
    expect(readdirSync(folder)).toContain("odd-3"); // the star was a name, and no pattern
  });

  test("that cannot be started for want of descriptors is an error in one line", async () => {
    const use = 'const { openSync } = process.getBuiltinModule("fs"); try { for (;;) openSync("/dev/null"); } catch {}';
    const script = `import(${JSON.stringify(guard)}).then(({ startGuard }) => { ${use} try { startGuard(); } catch ({ message }) { process.stdout.write(message); process.exit(3); } })`;
    const child = spawn("/bin/sh", ["-c", 'ulimit -n 64; exec "$0" --eval "$1"', process.execPath, script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    const [said] = await once(child.stdout.setEncoding("utf8"), "data");
    expect(said).toMatch(/^the program that cleans up .* cannot be started: .*ulimit -n$/);
    expect(await exit).toEqual([3, null]);
  });
});

test("a program that is not started for want of processes is told in the words of a limit", () => {
  expect(spawnFailure(Object.assign(new Error("spawn sh EAGAIN"), { code: "EAGAIN" }))).toContain("ulimit -u");
  expect(spawnFailure(new Error("another"))).toBe("another");
});
