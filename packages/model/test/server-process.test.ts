import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Model } from "../src/discovery.ts";
import { parseManifest } from "../src/manifest.ts";
import { ServerProcess } from "../src/server-process.ts";
import { StartError } from "../src/start-error.ts";
import type { StartOptions } from "../src/start-options.ts";

const LONG = 60_000;
const readyAndThen = (then: string) => `require('net').createServer().listen(0, '127.0.0.1', function () {
  require('fs').writeSync(1, 'listening on 127.0.0.1:' + this.address().port + '\\n');
  ${then}
});`;
const READY = readyAndThen("");
const STAYS = "setInterval(() => {}, 60000);";

/** A server that is this program of Node, with what its model.json says beside. */
function server(program: string, change: object = {}): Model {
  const manifest = {
    version: 1,
    title: "A server",
    summary: "For a test.",
    protocol: "tcp",
    command: ["node", "-e", program, "--", "{host}", "{port}"],
    ready: "line",
    clients: "many",
    overload: "queue",
    idle: "sleeps",
    isolation: "none",
    ...change,
  };
  const folder = fileURLToPath(new URL(".", import.meta.url));
  return { name: "foreign", folder, manifest: parseManifest(JSON.stringify(manifest), "model.json"), own: {} };
}

const started: ServerProcess[] = [];
afterEach(() => Promise.all(started.splice(0).map((each) => each.stop())));
async function start(model: Model, options?: StartOptions): Promise<ServerProcess> {
  const process = await ServerProcess.start(model, options);
  started.push(process);
  return process;
}

describe("a server that says when it is ready", { timeout: 180_000 }, () => {
  test("has the address of its ready line, and other lines are passed over", async () => {
    const chatty = `require('net').createServer().listen(0, '::1', function () {
      console.log('reading the configuration\\nlistening on [::1]:' + this.address().port + '\\nmore');
    });`;
    const { host, port, startTime, running } = await start(server(chatty));
    expect({ host, running }).toEqual({ host: "::1", running: true });
    expect(port).toBeGreaterThan(0);
    expect(startTime).toBeGreaterThan(0);
  });

  test("is started with its own options, the words it is given, and a port of the kernel's choice", async () => {
    const model = server(`console.error(JSON.stringify(process.argv.slice(1)));${READY}${STAYS}`);
    const process = await start({ ...model, own: { pace: "fast" } }, { words: ["--max-connections", "2"] });
    const words = ["127.0.0.1", "0", "--pace", "fast", "--max-connections", "2"];
    await expect.poll(() => process.stderr, { timeout: LONG }).toBe(`${JSON.stringify(words)}\n`);
  });

  test("is started on the host and the port it is told", async () => {
    const model = server(`console.error(process.argv.slice(1).join());${READY}${STAYS}`);
    const process = await start(model, { host: "::1", port: 4711 });
    await expect.poll(() => process.stderr, { timeout: LONG }).toBe("::1,4711\n");
  });

  test("runs in its folder, on the Node that runs this, in a session of its own", async () => {
    const model = server(`console.error(process.cwd() + '/,' + process.execPath);${READY}${STAYS}`);
    const process = await start(model);
    await expect.poll(() => process.stderr, { timeout: LONG }).toBe(`${model.folder},${globalThis.process.execPath}\n`);
    expect(process.tree()[0]).toMatchObject({ pid: process.pid, session: process.pid });
  });

  test("sees a clean environment and the model's own, but no variable of ours", async () => {
    const program = `console.error(Object.keys(process.env).sort().join());${READY}${STAYS}`;
    process.env["ECHOLAB_TEST"] = "a variable of ours";
    try {
      const { stderr } = await withStderr(await start(server(program, { env: { GOMAXPROCS: "1" } })));
      const names = stderr.trim().split(",");
      expect(names).toEqual(expect.arrayContaining(["GOMAXPROCS", "PATH"]));
      expect(["GOMAXPROCS", "HOME", "LANG", "PATH", "TMPDIR"]).toEqual(expect.arrayContaining(names));
    } finally {
      delete process.env["ECHOLAB_TEST"];
    }
  });

  test("runs on the processors that it is given", async () => {
    const allowed = /Cpus_allowed_list:\t(\d+)/;
    const [, first] = allowed.exec(readFileSync("/proc/self/status", "utf8"))!; // this process may have few of them
    const program = `console.error(/Cpus_allowed_list:\\t(.*)/.exec(require('fs').readFileSync('/proc/self/status'))[1]);`;
    const { stderr } = await withStderr(await start(server(program + READY + STAYS), { cpus: first! }));
    expect(stderr).toBe(`${first}\n`);
  });

  test("may print as much as it likes: a full pipe does not block it", async () => {
    const much = "for (let i = 0; i < 64; i += 1) require('fs').writeSync(1, 'x'.repeat(65536));";
    const { stderr } = await withStderr(await start(server(readyAndThen(`${much}console.error('printed');`))));
    expect(stderr).toBe("printed\n");
  });

  test("keeps the last 4 KiB that it wrote on stderr", async () => {
    const much = "require('fs').writeSync(2, 'x'.repeat(10000) + 'end');";
    const process = await start(server(READY + much + STAYS));
    await expect.poll(() => process.stderr.endsWith("end"), { timeout: LONG }).toBe(true);
    expect(process.stderr).toHaveLength(4096);
  });
});

describe("a server that says nothing", { timeout: 180_000 }, () => {
  const listens = `require('net').createServer(() => console.error('somebody')).listen(...process.argv.slice(1).reverse());`;

  test.each(["127.0.0.1", "::1"])("is ready when it listens on %s, and nobody has connected", async (host) => {
    const process = await start(server(listens, { ready: "listen" }), { host });
    expect(process.host).toBe(host);
    expect(process.stderr).toBe("");
    const client = connect(process.port, host); // the first one: it is told of
    try {
      await expect.poll(() => process.stderr, { timeout: LONG }).toBe("somebody\n");
    } finally {
      client.destroy();
    }
  });

  test("is ready when a child of it listens", async () => {
    const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(listens)}, '--', ...process.argv.slice(1)]);`;
    const process = await start(server(child, { ready: "listen" }));
    expect(process.port).toBeGreaterThan(0);
    expect(process.tree()).toHaveLength(2);
  });
});

describe("a server that does not become ready", { timeout: 180_000 }, () => {
  test("is an error with its last words and its exit code", async () => {
    const program = "console.error('one\\ntwo\\nthree\\nfour'); process.exitCode = 3;";
    const error = await failure(server(program));
    expect(error.message).toBe("foreign ended with exit code 3 before it was ready: two\nthree\nfour");
    expect(error.exitCode).toBe(3);
  });

  test("is an error with the signal that ended it", async () => {
    const error = await failure(server("process.kill(process.pid, 'SIGKILL');"));
    expect(error.message).toBe("foreign was ended by SIGKILL before it was ready");
  });

  test("is an error when it ended well", async () => {
    expect((await failure(server(""))).message).toBe("foreign ended with exit code 0 before it was ready");
  });

  test("is an error when there is no such program", async () => {
    const error = await failure(server("", { command: ["./no-such-program"] }));
    expect(error.message).toBe("foreign cannot be started: there is no program ./no-such-program");
  });

  test.each(["line", "listen"])("is ended at the deadline, with its last words: %s", async (ready) => {
    const error = await failure(server(`console.error('I am ' + process.pid);${STAYS}`, { ready }), { deadline: 1000 });
    const [, pid] = /^foreign was not ready within 1 s: I am (\d+)$/.exec(error.message) ?? [];
    expect(error.message).toContain("not ready within 1 s");
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

async function failure(model: Model, options?: StartOptions): Promise<StartError> {
  const error = await ServerProcess.start(model, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  return error as StartError;
}

/** Waits until it has written a line on stderr. */
async function withStderr(process: ServerProcess): Promise<ServerProcess> {
  await expect.poll(() => process.stderr, { timeout: LONG }).toContain("\n");
  return process;
}
