import { readdirSync, readlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { findModel, ServerProcess } from "@echolab/model";
import { afterEach, describe, expect, test } from "vitest";

const LONG = 60_000;
const WORKERS = availableParallelism();
const folder = fileURLToPath(new URL("..", import.meta.url));

describe("cluster", { timeout: 180_000 }, () => {
  let server: ServerProcess | undefined;
  const clients: TestClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server?.stop();
    server = undefined;
  });
  const start = async (dispatch: string) => {
    server = await ServerProcess.start(findModel(`${folder}:dispatch=${dispatch}`, "/"));
    return server;
  };
  const connectServed = async () => {
    const client = await TestClient.open(server!, LONG);
    clients.push(client);
    await client.echo(Buffer.from("x"));
  };
  const workers = () => server!.tree().filter(({ parent }) => parent === server!.pid);

  test.each(["round-robin", "reuse-port"])(
    "%s: has a worker for each core, and starts none for a client",
    async (how) => {
      await start(how);
      const before = workers().map(({ pid }) => pid);
      expect(before).toHaveLength(WORKERS);
      for (let i = 0; i < 5; i += 1) await connectServed();
      expect(workers().map(({ pid }) => pid)).toEqual(before);
    },
  );

  test("round-robin: deals clients out in turn, and keeps none", async () => {
    await start("round-robin");
    const before = [server!.pid, ...workers().map(({ pid }) => pid)].map(sockets);
    for (let i = 0; i < 3 * WORKERS; i += 1) await connectServed();
    const more = () => [server!.pid, ...workers().map(({ pid }) => pid)].map((pid, i) => sockets(pid) - before[i]!);
    await expect.poll(more, { timeout: LONG }).toEqual([0, ...Array<number>(WORKERS).fill(3)]);
  });

  test("reuse-port: the kernel spreads clients over all workers", async () => {
    await start("reuse-port");
    const before = workers().map(({ pid }) => sockets(pid));
    for (let i = 0; i < 40; i += 1) await connectServed();
    const more = workers().map(({ pid }, i) => sockets(pid) - before[i]!);
    expect(more.reduce((sum, each) => sum + each)).toBe(40);
    // By a hash: that one of two gets less than 5 of 40 has a chance of 1 in 10 million.
    expect(Math.min(...more)).toBeGreaterThanOrEqual(WORKERS > 2 ? 0 : 5);
  });

  test("takes its workers with it when the first process is killed", async () => {
    await start("round-robin");
    const pids = workers().map(({ pid }) => pid);
    process.kill(server!.pid, "SIGKILL");
    await expect
      .poll(() => pids.filter((pid) => readdirSync("/proc").includes(String(pid)) && sockets(pid) > 0), {
        timeout: LONG,
      })
      .toEqual([]);
  });
});

/** How many sockets a process holds. */
function sockets(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  } catch {
    return 0; // it has ended
  }
}
