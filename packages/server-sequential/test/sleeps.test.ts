import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { currentSyscall, findModel, ServerProcess, threads } from "@echolab/model";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const LONG = 60_000;
const ACCEPT4 = { x64: 288, arm64: 242 }[process.arch as string];
const RECVFROM = { x64: 45, arm64: 207 }[process.arch as string];

describe("sequential", { timeout: 180_000 }, () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start(findModel(fileURLToPath(new URL("..", import.meta.url)), "/"));
  });
  afterAll(() => server?.stop());

  const clients: TestClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  const connect = async () => {
    const client = await TestClient.open(server, LONG);
    clients.push(client);
    return client;
  };
  const syscall = () => currentSyscall(server.pid, server.pid)?.number;

  test("sleeps in accept4 while there is no client, and again after one has left", async () => {
    await expect.poll(syscall, { timeout: LONG }).toBe(ACCEPT4);
    const client = await connect();
    await client.echo(Buffer.from("x"));
    client.close();
    await expect.poll(syscall, { timeout: LONG }).toBe(ACCEPT4);
  });

  test("sleeps in recvfrom while its client is silent, and stays there when another connects", async () => {
    await connect();
    await expect.poll(syscall, { timeout: LONG }).toBe(RECVFROM);
    const second = await connect();
    second.send("not yet");
    expect(await second.receive(1, 200)).toHaveLength(0);
    expect(syscall()).toBe(RECVFROM);
  });

  test("adds no thread and no process for its clients", async () => {
    const before = threads(server.pid).length;
    const first = await connect();
    await first.echo(Buffer.from("x"));
    await Promise.all([connect(), connect(), connect(), connect()]);
    expect(threads(server.pid)).toHaveLength(before);
    expect(server.tree()).toHaveLength(1);
  });

  test.each(["no client", "a silent client"])("uses less than a hundredth of a CPU with %s", async (who) => {
    if (who === "a silent client") await connect();
    await expect.poll(syscall, { timeout: LONG }).toBe(who === "no client" ? ACCEPT4 : RECVFROM);
    const before = server.ticks();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(server.ticks() - before).toBeLessThanOrEqual(1); // of 10 ms
  });
});
