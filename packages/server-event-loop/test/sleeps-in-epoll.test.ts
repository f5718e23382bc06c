import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { cpuTicks, currentSyscall, findModel, ServerProcess, threads } from "@echolab/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const LONG = 10_000;
// libuv calls epoll_pwait, where it is there; epoll_wait is the same but for the signal mask.
const EPOLL_WAITS = { x64: [232, 281], arm64: [22] }[process.arch as string];
const model = findModel(fileURLToPath(new URL("..", import.meta.url)), "/");

describe("event-loop", { timeout: 30_000 }, () => {
  let server: ServerProcess | undefined;
  const clients: TestClient[] = [];
  beforeEach(() => {
    server = undefined;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server?.stop();
  });
  const start = async (...words: string[]) => {
    server = await ServerProcess.start(model, { words });
    return server;
  };
  const connect = async () => {
    const client = await TestClient.open(server!, LONG);
    clients.push(client);
    return client;
  };
  const sleepsInEpoll = async ({ pid }: ServerProcess) => {
    await expect
      .poll(() => EPOLL_WAITS?.includes(currentSyscall(pid, pid)?.number ?? -1), { timeout: LONG })
      .toBe(true);
  };

  test("sleeps in epoll_wait while nobody says a word, with no client and with five", async () => {
    const process = await start();
    await sleepsInEpoll(process);
    for (let i = 0; i < 5; i += 1) await (await connect()).echo(Buffer.from("x"));
    await sleepsInEpoll(process);
  });

  test("adds no thread and no process for five clients", async () => {
    const { pid } = await start();
    const before = threads(pid).length;
    for (let i = 0; i < 5; i += 1) await (await connect()).echo(Buffer.from("x"));
    expect(threads(pid)).toHaveLength(before);
    expect(server!.tree()).toHaveLength(1);
  });

  test("uses less than a hundredth of a CPU while five clients are silent", async () => {
    const process = await start();
    for (let i = 0; i < 5; i += 1) await (await connect()).echo(Buffer.from("x"));
    await sleepsInEpoll(process);
    const before = cpuTicks(process.pid);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(cpuTicks(process.pid) - before).toBeLessThanOrEqual(1); // of 10 ms
  });

  test("cuts the client that is one too many within 1 s, and goes on with the others", async () => {
    await start("--max-connections", "1");
    const first = await connect();
    await first.echo(Buffer.from("first"));
    const second = await connect();
    expect(["fin", "reset"]).toContain(await second.end(1000));
    await first.echo(Buffer.from("first still"));
  });
});
