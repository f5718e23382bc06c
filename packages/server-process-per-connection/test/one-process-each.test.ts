import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { currentSyscall, findModel, ServerProcess } from "@echolab/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const LONG = 60_000;
const READ = { x64: 0, arm64: 63 }[process.arch as string];
const model = findModel(fileURLToPath(new URL("..", import.meta.url)), "/");

describe("process-per-connection", { timeout: 180_000 }, () => {
  let server: ServerProcess;
  const clients: TestClient[] = [];
  /** So many more are connected and served; all that there are. */
  const connectServed = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const client = await TestClient.open(server, LONG);
      clients.push(client);
      await client.echo(Buffer.from("x"));
    }
    return clients;
  };
  const children = () => server.tree().filter(({ parent }) => parent === server.pid);

  beforeEach(async () => {
    server = await ServerProcess.start(model);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server?.stop();
  });

  test("gives each of five clients one child, which sleeps in read, and leaves none, nor a zombie, when they leave", async () => {
    await connectServed(5);
    expect(children()).toHaveLength(5);
    expect(server.tree()).toHaveLength(6);
    for (const { pid } of children()) {
      const stdin = { number: READ, argument: 0 };
      await expect.poll(() => currentSyscall(pid, pid), { timeout: LONG }).toEqual(stdin);
    }
    for (const client of clients.splice(0)) client.close();
    await expect.poll(() => server.tree().map(({ pid }) => pid), { timeout: LONG }).toEqual([server.pid]);
  });

  test("keeps no copy of its clients' descriptors in the parent", async () => {
    const before = sockets(server.pid);
    await connectServed(5);
    // A child may answer before its parent, which has the processor to share, comes to closing its copy.
    await expect.poll(() => sockets(server.pid), { timeout: LONG }).toEqual(before);
  });

  test("cuts one client, and only that one, when its child is killed", async () => {
    await connectServed(1);
    const firstChild = children()[0]!.pid;
    await connectServed(1);
    const secondChild = children().find(({ pid }) => pid !== firstChild)!.pid;
    const [first, second, third] = (await connectServed(1)) as [TestClient, TestClient, TestClient];
    process.kill(secondChild, "SIGKILL");
    expect(["fin", "reset"]).toContain(await second.end());
    await first.echo(Buffer.from("first still"));
    await third.echo(Buffer.from("third still"));
    await expect.poll(() => server.tree().length, { timeout: LONG }).toBe(3);
    await connectServed(1);
  });

  test("takes all children with it when the parent is killed", async () => {
    await connectServed(5);
    const pids = children().map(({ pid }) => pid);
    expect(pids).toHaveLength(5);
    process.kill(server.pid, "SIGKILL");
    await expect.poll(() => pids.filter(runs), { timeout: LONG, interval: 10 }).toEqual([]);
  });
});

/** The sockets that a process holds, by the kernel's numbers. */
function sockets(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "closed meanwhile";
    }
  });
  return links.filter((link) => link.startsWith("socket:")).sort();
}

/** True for a process that is there and has not ended: whether a zombie is waited for is init's business. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
