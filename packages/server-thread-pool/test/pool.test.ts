import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { currentSyscall, findModel, ServerProcess, threads } from "@echolab/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const LONG = 60_000;
const ACCEPT4 = { x64: 288, arm64: 242 }[process.arch as string];
const THREADS = 8;
const model = findModel(fileURLToPath(new URL("..", import.meta.url)), "/");

describe("thread-pool", { timeout: 180_000 }, () => {
  let server: ServerProcess;
  const clients: TestClient[] = [];
  beforeEach(async () => {
    server = await ServerProcess.start(model);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server.stop();
  });
  const connect = async () => {
    const client = await TestClient.open(server, LONG);
    clients.push(client);
    return client;
  };
  const inAccept = () =>
    threads(server.pid).filter((thread) => currentSyscall(server.pid, thread)?.number === ACCEPT4).length;

  test("has eight threads, all blocked in one accept, and starts none for a client", async () => {
    await expect.poll(inAccept, { timeout: LONG }).toBe(THREADS);
    const before = threads(server.pid).length;
    for (let i = 0; i < 3; i += 1) await (await connect()).echo(Buffer.from("x"));
    await expect.poll(inAccept, { timeout: LONG }).toBe(THREADS - 3); // one that was woken for nothing goes back
    expect(threads(server.pid)).toHaveLength(before);
    for (const client of clients.splice(0)) client.close();
    await expect.poll(inAccept, { timeout: LONG }).toBe(THREADS);
  });

  test("lets the ninth client wait, and serves it when one of the eight has left", async () => {
    for (let i = 0; i < THREADS; i += 1) await (await connect()).echo(Buffer.from("x"));
    const ninth = await connect();
    ninth.send("ninth");
    expect(await ninth.receive(1, 500)).toHaveLength(0);
    clients[3]!.close();
    await ninth.expect(Buffer.from("ninth"), LONG);
  });
});
