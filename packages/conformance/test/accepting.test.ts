import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildModel,
  contextSwitches,
  eventually,
  findModel,
  findModels,
  isOnPath,
  type Model,
  missingRequirement,
  patience,
  pause,
  ServerProcess,
} from "@echolab/model";
import { afterAll, describe, expect, test } from "vitest";
import { ending } from "../src/ending.ts";
import { TestClient } from "../src/index.ts";
import { isFull } from "./faulty.ts";
import { conditions } from "./judge.ts";

const solutions = fileURLToPath(new URL("../../homework/solutions", import.meta.url));
const isTcp = ({ manifest: { protocol } }: Model) => protocol === "tcp";
const own = findModels(undefined, ["own"]).filter(isTcp);
const others = findModels(undefined, ["limits"]).concat(
  readdirSync(solutions).map((name) => findModel(`./${name}`, solutions)),
);
const models = isFull ? [...own, ...others.filter(isTcp)] : own;
const isOwn = (model: Model) => own.includes(model);
const named = (list: readonly Model[]) => list.map((model) => [model.name, model] as const);

// accept(2): no descriptor or memory is left; the network's errors; a connection that has ended, or that is forbidden.
const NETWORK = "ENETDOWN EPROTO ENOPROTOOPT EHOSTDOWN ENONET EHOSTUNREACH EOPNOTSUPP ENETUNREACH";
const PASSING = `ENFILE EMFILE ENOBUFS ENOMEM ${NETWORK} ECONNABORTED EPERM`.split(" ");
/** In full, our own servers get every error, and others' one of each kind, a limit's and the network's; else only ENFILE. */
const askedOf = (model: Model) => (!isFull ? ["ENFILE"] : isOwn(model) ? PASSING : ["ENFILE", "ENETDOWN"]);
const timeout = 60_000 * conditions.slowness;

const folder = mkdtempSync(join(tmpdir(), "echolab-accepting-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The server under strace, which makes these calls of accept fail; or why it cannot be had here. */
async function startFailing(
  model: Model,
  error: string,
  calls: string,
  log = "/dev/null",
): Promise<ServerProcess | string> {
  if (!isOnPath("strace")) return "needs strace on PATH";
  const missing = missingRequirement(model) ?? (await buildModel(model));
  if (missing) return missing;
  if (model.name.endsWith("io-uring")) return "the kernel accepts for it: strace sees no system call";
  const inject = `inject=accept,accept4:error=${error}:when=${calls}`;
  const under = ["strace", "-D", "-f", "-qq", "-o", log, "-e", "trace=accept,accept4", "-e", inject];
  return await ServerProcess.start(model, { under, deadline: timeout / 3 }).catch((reason: Error) => {
    if (/ptrace|Operation not permitted/.test(reason.message)) return "ptrace is not permitted here";
    throw reason;
  });
}

/** A client that is served. A server that has no queue may turn some away while it has no descriptor. */
async function connectServed(server: ServerProcess, within: number): Promise<TestClient> {
  for (const end = performance.now() + within; ; await pause(50)) {
    const client = await TestClient.open(server, within);
    try {
      await client.echo(Buffer.from("hello"));
      return client;
    } catch (error) {
      client.close();
      if (performance.now() > end) throw error;
    }
  }
}

/** Says a byte every 20 ms, and requires it back each time, until `isOver`. */
async function talk(client: TestClient, isOver: () => boolean): Promise<void> {
  for (; !isOver(); await pause(20)) await client.echo(Buffer.from("."));
}

describe.concurrent.each(named(models))("%s, whose accept fails", (name, model) => {
  const limit = patience(model.manifest, 8) * conditions.slowness;

  test.for(askedOf(model))(
    "serves the next client after %s, while another one talks",
    { timeout },
    async (error, { skip }) => {
      const log = join(folder, `${name}-${error}`);
      const server = await startFailing(model, error, "1+2", log); // the first, the third, the fifth …
      if (typeof server === "string") return skip(server);
      const clients: TestClient[] = [];
      try {
        const first = await connectServed(server, limit);
        clients.push(first);
        if (model.manifest.clients === 1) await first.leave();
        let isOver = model.manifest.clients === 1;
        const talking = talk(first, () => isOver);
        const second = connectServed(server, limit).finally(() => {
          isOver = true;
        });
        await Promise.all([talking, second.then((client) => clients.push(client))]);
        expect(await ending(server)).toBeUndefined();
        expect(await eventually(() => readFileSync(log, "utf8").includes("(INJECTED)"), limit)).toBe(true);
      } finally {
        for (const client of clients) client.close();
        await server.stop();
      }
    },
  );
});

// libuv passes over every failure of accept, and those that refuse are built on it; a pool starts a new thread or process.
const oneThread = own.filter(({ manifest: { isolation, overload } }) => isolation === "none" && overload === "queue");

describe.concurrent.each(named(oneThread))("%s, whose listener is none", (_, model) => {
  test("ends with one line, and does not take it for a client's failure", { timeout }, async ({ skip }) => {
    // A server that asks at once may have ended before it was seen to be ready.
    const server = await startFailing(model, "EINVAL", "1+").catch((error: Error) => error);
    if (typeof server === "string") return skip(server);
    if (server instanceof Error) {
      expect(server.message).toMatch(/ended with exit code 1 before it was ready: .*accept.*EINVAL/);
      return;
    }
    try {
      const client = await TestClient.open(server, timeout).catch(() => undefined); // it may have ended by then
      await server.ended;
      client?.close();
      expect(await ending(server)).toMatch(/^the server ended \(exit code 1\): .*accept.*EINVAL/);
    } finally {
      await server.stop();
    }
  });
});

const queues = own.filter(({ manifest: { overload, idle } }) => overload === "queue" && idle === "sleeps");

describe.concurrent.each(named(queues))("%s, while all places are taken", (_, model) => {
  test("sleeps, and does not wake up to ask for those who wait", { timeout }, async ({ skip }) => {
    const missing = missingRequirement(model);
    if (missing) skip(missing);
    const places = model.manifest.clients === 1 ? 1 : 2;
    const words = places === 1 ? [] : ["--max-connections", String(places)];
    const server = await ServerProcess.start(model, { words, deadline: timeout / 3 });
    const clients: TestClient[] = [];
    try {
      for (let i = 0; i < places; i += 1) clients.push(await connectServed(server, timeout));
      clients.push(await TestClient.open(server, timeout)); // and one that waits
      const switches = () => contextSwitches(server.tree().map(({ pid }) => pid)).voluntary;
      // A runtime that has just started has this and that to do; a server that asks ten times a second does so for ever.
      let perSecond = Number.POSITIVE_INFINITY;
      for (const end = performance.now() + timeout / 3; perSecond >= 5 && performance.now() < end; ) {
        const before = switches();
        await pause(1000);
        perSecond = switches() - before;
      }
      expect(perSecond).toBeLessThan(5);
    } finally {
      for (const client of clients) client.close();
      await server.stop();
    }
  });
});
