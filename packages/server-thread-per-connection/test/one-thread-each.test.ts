import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { currentSyscall, findModel, ServerProcess, threads } from "@echolab/model";
import { afterEach, describe, expect, test } from "vitest";

const LONG = 60_000;
const RECVFROM = { x64: 45, arm64: 207 }[process.arch as string];
const model = findModel(fileURLToPath(new URL("..", import.meta.url)), "/");

describe("thread-per-connection", { timeout: 180_000 }, () => {
  let server: ServerProcess | undefined;
  const clients: TestClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server?.stop();
    server = undefined;
  });
  const connect = async () => {
    const client = await TestClient.open(server!, LONG);
    clients.push(client);
    return client;
  };
  const threadCount = () => threads(server!.pid).length;
  /** Starts it, and serves one client: what Node and libuv start lazily is there from then on. */
  const start = async (...words: string[]) => {
    server = await ServerProcess.start(model, { words });
    const before = threadCount();
    const first = await connect();
    await first.echo(Buffer.from("x"));
    first.close();
    await expect.poll(threadCount, { timeout: LONG }).toBe(before);
  };

  test("gives each of five clients one thread, which sleeps in recvfrom, and takes it back when the client leaves", async () => {
    await start();
    const before = threads(server!.pid);
    for (let i = 0; i < 5; i += 1) await (await connect()).echo(Buffer.from("x"));
    const added = threads(server!.pid).filter((thread) => !before.includes(thread));
    expect(added).toHaveLength(5);
    expect(threads(server!.pid)).toHaveLength(before.length + 5);
    for (const thread of added) {
      await expect.poll(() => currentSyscall(server!.pid, thread)?.number, { timeout: LONG }).toBe(RECVFROM);
    }
    expect(server!.tree()).toHaveLength(1);

    for (const client of clients.splice(0)) client.close();
    await expect.poll(threadCount, { timeout: LONG }).toBe(before.length);
  });

  test("keeps the third client waiting at --max-connections 2, and serves it when one has left", async () => {
    await start("--max-connections", "2");
    const before = threadCount();
    const first = await connect();
    await first.echo(Buffer.from("first"));
    const second = await connect();
    await second.echo(Buffer.from("second"));
    const third = await connect();
    third.send("third");
    expect(await third.receive(5, 500)).toHaveLength(0);
    expect(threadCount()).toBe(before + 2);
    await second.echo(Buffer.from("second still"));
    first.close();
    await third.expect(Buffer.from("third"));
  });
});
