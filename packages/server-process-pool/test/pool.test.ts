import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { currentSyscall, findModel, ServerProcess } from "@echolab/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const LONG = 60_000;
const ACCEPT4 = { x64: 288, arm64: 242 }[process.arch as string];
const PROCESSES = 8;
const model = findModel(fileURLToPath(new URL("..", import.meta.url)), "/");

describe("process-pool", { timeout: 180_000 }, () => {
  let server: ServerProcess;
  const clients: TestClient[] = [];
  beforeEach(async () => {
    server = await ServerProcess.start(model);
    await expect.poll(inAccept, { timeout: LONG }).toHaveLength(PROCESSES);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server.stop();
  });
  const connectServed = async () => {
    const client = await TestClient.open(server, LONG);
    clients.push(client);
    await client.echo(Buffer.from("x"));
    return client;
  };
  const children = () => server.tree().filter(({ parent }) => parent === server.pid);
  const inAccept = () => children().filter(({ pid }) => currentSyscall(pid, pid)?.number === ACCEPT4);

  test("has eight processes, all blocked in one accept, and starts none for a client", async () => {
    const before = children().map(({ pid }) => pid);
    for (let i = 0; i < 3; i += 1) await connectServed();
    await expect.poll(inAccept, { timeout: LONG }).toHaveLength(PROCESSES - 3); // one that was woken for nothing goes back
    expect(children().map(({ pid }) => pid)).toEqual(before);
  });

  test("loses the client of a process that is killed, and no other, and has a new process in its place", async () => {
    const idle = inAccept().map(({ pid }) => pid);
    const victim = await connectServed();
    const [serving] = idle.filter((pid) => !inAccept().some((each) => each.pid === pid));
    const other = await connectServed();
    process.kill(serving!, "SIGKILL");
    expect(["fin", "reset"]).toContain(await victim.end(LONG));
    await other.echo(Buffer.from("other still"));
    await expect.poll(inAccept, { timeout: LONG }).toHaveLength(PROCESSES - 1);
  });

  test("takes all its processes with it when the first one is killed", async () => {
    const pids = children().map(({ pid }) => pid);
    process.kill(server.pid, "SIGKILL");
    await expect.poll(() => pids.filter(runs), { timeout: LONG, interval: 10 }).toEqual([]);
  });
});

function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
