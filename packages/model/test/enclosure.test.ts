import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { bubblewrap, filesOf } from "../src/bubblewrap.ts";
import { cached } from "../src/cache.ts";
import { chooseSandbox } from "../src/enclosure.ts";
import { ServerProcess } from "../src/server-process.ts";
import type { StartOptions } from "../src/start-options.ts";
import { HOLDING, READY, runs, shellServer } from "./shell-server.ts";

const LONG = 60_000;
const folder = mkdtempSync(join(tmpdir(), "echolab-enclosure-"));
afterAll(() => rmSync(folder, { recursive: true }));

const started: ServerProcess[] = [];
afterEach(() => Promise.all(started.splice(0).map((each) => each.stop())));
async function start(script: string, options: StartOptions, change: object = {}): Promise<ServerProcess> {
  const server = await ServerProcess.start({ ...shellServer(script, change), folder }, options);
  started.push(server);
  return server;
}
/** A process in a session of its own, whose parent has ended. */
const AWAY = "(setsid sleep 60 </dev/null >/dev/null 2>&1 &);";
const WAITS = "while :; do sleep 1; done";
/** Waits until it has written a line on stderr. */
const said = (server: ServerProcess) => expect.poll(() => server.stderr, { timeout: LONG }).toContain("\n");

test("a machine with Linux's namespaces has an enclosure that no process can leave", ({ skip }) => {
  skip(HOLDING.length === 0, "this machine gives neither bubblewrap nor a PID namespace");
  expect(HOLDING).toContain("namespace");
});

describe.each(HOLDING)("in the enclosure %s", { timeout: 180_000 }, (enclosure) => {
  test("a process that has left the session is one of the server's, and ends with it", async () => {
    const server = await start(`${AWAY} ${READY} ${WAITS}`, { enclosure });
    await expect.poll(() => server.tree().length, { timeout: LONG }).toBe(3); // the shell, its sleep, and the one away
    const pids = server.tree().map(({ pid }) => pid);
    expect(pids[0]).toBe(server.pid);
    await server.stop();
    expect(pids.filter(runs)).toEqual([]);
  });

  test("it is seen after the server has ended", async () => {
    const server = await start(`${AWAY} trap 'exit 5' USR1; ${READY} ${WAITS}`, { enclosure });
    process.kill(server.pid, "SIGUSR1");
    expect(await server.ended).toEqual({ code: 5, signal: null });
    await expect.poll(() => server.tree().length, { timeout: LONG }).toBe(1);
  });

  test("its CPU time counts, also once it has ended", async () => {
    const spins = `setsid perl -e '$until = time + 1; 1 while (times)[0] < 0.3'`;
    const server = await start(`(${spins} &); ${READY} ${WAITS}`, { enclosure });
    await expect.poll(() => server.ticks(), { timeout: LONG }).toBeGreaterThanOrEqual(29);
    await expect.poll(() => server.endedTicks(), { timeout: LONG }).toBeGreaterThanOrEqual(29);
  });

  test("its memory counts", async () => {
    const hoards = `setsid perl -e '$x = "x" x 200_000_000; sleep 60'`;
    const limits = { memory: 100 * 2 ** 20 };
    const server = await start(`(${hoards} &); ${READY} ${WAITS}`, { enclosure, limits });
    await server.ended;
    expect(server.exceeded).toBe("used more than 100 MiB of memory");
    expect(server.tree()).toEqual([]);
  });

  test("it is stopped and continued with the others", async () => {
    const server = await start(`${AWAY} exec 3>&-; ${READY} exec sleep 60`, { enclosure });
    const states = () => server.tree().map(({ state }) => state);
    await expect.poll(states, { timeout: LONG }).toEqual(["S", "S"]);
    server.park();
    await expect.poll(states, { timeout: LONG }).toEqual(["T", "T"]);
    server.resume();
    await expect.poll(states, { timeout: LONG }).toEqual(["S", "S"]);
  });

  test.each([
    ["exit 7", { code: 7, signal: null }],
    ["kill -PIPE $$", { code: null, signal: "SIGPIPE" }],
    ["kill -KILL $$", { code: null, signal: "SIGKILL" }],
  ])("the server's own end is told: %s", async (end, ending) => {
    const server = await start(`trap "${end}" USR1; ${READY} ${WAITS}`, { enclosure });
    server.signal("SIGUSR1");
    expect(await server.ended).toEqual(ending);
  });

  test("the server is the leader of a session, and has no descriptor of the tool's", async () => {
    const server = await start(`${READY} ls -l /proc/$$/fd | grep -c socket: >&2; ${WAITS}`, { enclosure });
    expect(server.tree()[0]).toMatchObject({ pid: server.pid, session: server.pid, group: server.pid });
    await said(server);
    expect(server.stderr).toBe("3\n"); // its own, stdout and stderr
  });

  test("its model.json replaces no program of the tool's: the limits hold", async () => {
    for (const name of ["prlimit", "taskset", "env", "setsid"]) {
      writeFileSync(join(folder, name), "#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done; exit 9\n");
      chmodSync(join(folder, name), 0o755);
    }
    const script = `${READY} grep -E 'open files' /proc/self/limits >&2; ${WAITS}`;
    const env = { PATH: `${folder}:/usr/bin:/bin`, LD_PRELOAD: "/no/such/library.so" };
    const server = await start(script, { enclosure, limits: { descriptors: 64 } }, { env });
    await expect.poll(() => server.stderr, { timeout: LONG }).toMatch(/Max open files +64 +64/);
  });
});

describe("in bubblewrap", { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => skip(!HOLDING.includes("bubblewrap"), "bubblewrap is not installed, or may not run here"));
  const enclosure = "bubblewrap";

  test("the server sees its folder and can write neither there nor elsewhere, nor see a home", async () => {
    writeFileSync(join(folder, "own"), "");
    const tries = [
      `test -e ${folder}/own && echo own`,
      `touch ${folder}/new`,
      "touch /usr/new",
      "touch /new && echo root",
      "touch /dev/new && echo dev",
      "unshare --user true && echo namespace",
      "touch /tmp/new && echo tmp",
      `test -e ${homedir()}/.profile && echo home`,
    ];
    const script = `${READY} { ${tries.join("; ")}; echo end; } 2>/dev/null >&2; ${WAITS}`.replace(
      "2>/dev/null >&2",
      ">&2 2>/dev/null",
    );
    const server = await start(script, { enclosure });
    await expect.poll(() => server.stderr, { timeout: LONG }).toContain("end");
    expect(server.stderr).toBe("own\ntmp\nend\n");
  });

  test("what it writes to /tmp and /dev/shm is bounded, and goes with it", async () => {
    const fill = (file: string) => `head -c 200000000 /dev/zero >${file} || echo full >&2;`;
    const name = `echolab-${process.pid}`;
    const server = await start(`${READY} ${fill(`/dev/shm/${name}`)} ${fill(`/tmp/${name}`)} ${WAITS}`, { enclosure });
    await expect.poll(() => server.stderr.match(/full/g)?.length, { timeout: LONG }).toBe(2);
    await server.stop();
    expect(() => readFileSync(`/dev/shm/${name}`)).toThrow("ENOENT");
  });
});

describe("in bubblewrap, with a model.json", { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => skip(!HOLDING.includes("bubblewrap"), "bubblewrap is not installed, or may not run here"));
  const of = (there: string, command: string[], more: object = {}) => ({
    ...{ ...shellServer("", { command, ...more }), folder: there, isForeign: true },
  });

  test.each([
    ["its command", { command: ["../alice/bin/server"] }],
    ["its build", { build: ["../alice/bin/server"] }],
    ["what it requires", { requires: { commands: ["../alice/bin/server"] } }],
  ])("that names a program outside of its folder, it is refused: %s", (_, change) => {
    const model = of(folder, ["sh"], change);
    expect(() => chooseSandbox("auto", model)).toThrow(/\.\.\/alice\/bin\/server is not in the folder of the server/);
    expect(chooseSandbox("none", model).enclosure).not.toBe("bubblewrap");
  });

  test("its PATH shows the server nothing", () => {
    mkdirSync(join(folder, "alice/bin"), { recursive: true });
    mkdirSync(join(folder, "hw"), { recursive: true });
    writeFileSync(join(folder, "alice/bin/tool"), "#!/bin/sh\n", { mode: 0o755 });
    const model = of(join(folder, "hw"), ["tool"], { env: { PATH: `${folder}/alice/bin:/usr/bin:/bin` } });
    expect(bubblewrap(model, { isBuild: false }).join(" ")).not.toContain("alice");
    // A person who types it has chosen it.
    const typed = { ...of(join(folder, "hw"), [`${folder}/alice/bin/tool`]), files: [] };
    expect(bubblewrap(typed, { isBuild: false })).toContain(`${folder}/alice`);
  });

  test.each([homedir(), tmpdir(), "/"])("in a folder with much else in it is refused: %s", (much) => {
    expect(() => chooseSandbox("bwrap", of(much, ["sh"]))).toThrow("put the server and its model.json into a folder");
  });

  test("in the checkout sees nothing of what other builds have kept", async () => {
    const kept = cached("/somebody/else", "home");
    mkdirSync(kept, { recursive: true });
    try {
      const script = `${READY} { test -e ${dirname(kept)} && echo cache; test -e ${kept} && echo kept; touch ${kept} && echo written; echo end; } >&2 2>/dev/null; ${WAITS}`;
      const server = await ServerProcess.start(shellServer(script), { enclosure: "bubblewrap" });
      started.push(server);
      await expect.poll(() => server.stderr, { timeout: LONG }).toContain("end");
      expect(server.stderr).toBe("cache\nend\n");
    } finally {
      rmSync(kept, { recursive: true });
    }
  });

  test("the report says that the network is open", () => {
    expect(chooseSandbox("auto", of(folder, ["sh"])).words).toContain("network: this machine's");
  });

  test("of a command that is typed in /tmp, the file alone is shown", () => {
    const file = join(tmpdir(), `echolab-${process.pid}.py`);
    writeFileSync(file, "");
    try {
      expect(filesOf(["python3", basename(file)], tmpdir())).toEqual([file]);
      expect(filesOf(["true"], tmpdir())).toEqual([]);
    } finally {
      rmSync(file);
    }
  });
});

describe("which sandbox", { timeout: 180_000 }, () => {
  const stranger = { ...shellServer(""), isForeign: true };

  test("is none for a server of this checkout, unless it is asked for", () => {
    expect(chooseSandbox("auto", shellServer(""))).toMatchObject({ enclosure: "session" });
  });

  test("is none with a warning where a person wants none", () => {
    const { enclosure, words, warning } = chooseSandbox("none", stranger);
    expect(enclosure).not.toBe("bubblewrap");
    expect(words).toMatch(/^none.*--sandbox none/);
    expect(warning).toContain("the server runs with your rights");
  });
});
