import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TestClient } from "@echolab/conformance";
import { findModel, isOnPath, ServerProcess, threads } from "@echolab/model";
import { afterEach, describe, expect, test } from "vitest";

const LONG = 60_000;
const folder = fileURLToPath(new URL("..", import.meta.url));

describe("busy-wait", { timeout: 180_000 }, () => {
  let server: ServerProcess | undefined;
  const clients: TestClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server?.stop();
    server = undefined;
  });
  const start = async (options = "") => {
    server = await ServerProcess.start(findModel(folder + options, "/"));
    return server;
  };
  /** Five clients who take turns, each with something of its own. */
  const serveFive = async () => {
    for (let i = 0; i < 5; i += 1) clients.push(await TestClient.open(server!, LONG));
    for (let round = 0; round < 3; round += 1) {
      for (const [i, client] of clients.entries()) await client.echo(Buffer.from(`round ${round}, client ${i}`));
    }
  };

  test("adds no thread and no process for five clients", async () => {
    const { pid } = await start();
    const before = threads(pid).length;
    await serveFive();
    expect(threads(pid)).toHaveLength(before);
    expect(server!.tree()).toHaveLength(1);
  });

  test.each(["no client", "five silent clients"])(
    "burns all the CPU it can get with %s, and never sleeps",
    async (who) => {
      await start();
      if (who !== "no client") await serveFive();
      const idle = await duringOneSecond(server!);
      expect(idle.wantedCpu).toBeGreaterThanOrEqual(0.9); // running, or ready to run: others may have had the processor
      expect(idle.sleeps).toBeLessThan(10);
    },
  );

  test("asks accept4 over and over, and the answer is an error every time: EAGAIN", async ({ skip }) => {
    skip(!isOnPath("strace"), "needs strace on PATH");
    const { pid } = await start();
    const strace = spawn("strace", ["-e", "trace=accept4", "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    for await (const text of strace.stderr.setEncoding("utf8")) {
      said += text;
      if (said.split("\n").length > 1000) strace.kill("SIGINT"); // it lets go, and ends
    }
    skip(said.includes("Operation not permitted"), "ptrace is not permitted here");
    const calls = said.split("\n").filter((line) => line.startsWith("accept4("));
    expect(calls.length).toBeGreaterThan(100);
    // The last line may be cut off, where strace let go.
    expect(calls.slice(0, -1).filter((line) => !line.includes("= -1 EAGAIN"))).toEqual([]);
  });

  test.each(["when-nothing=sleep", "when-nothing=back-off"])(
    "answers with %s, and uses less than a quarter of a CPU while nobody says a word",
    async (options) => {
      await start(`:${options}`);
      await serveFive();
      const idle = await duringOneSecond(server!);
      expect(idle.usedCpu).toBeLessThan(0.25); // a tenth; more where others take the caches
      expect(idle.sleeps).toBeGreaterThan(5); // a busy machine wakes it late
      for (const client of clients) await client.echo(Buffer.from("still there"));
    },
  );
});

/** What the scheduler tells of the main thread (proc(5): schedstat, status), as parts of the time that went by. */
async function duringOneSecond(server: ServerProcess): Promise<{ usedCpu: number; wantedCpu: number; sleeps: number }> {
  const { pid } = server;
  const look = () => {
    const [running = 0, ready = 0] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ").map(Number);
    const sleeps = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
    return {
      time: performance.now(),
      wanted: (running + ready) / 1e6,
      used: server.ticks() * 10,
      sleeps: Number(sleeps),
    };
  };
  const before = look();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = look();
  const elapsed = after.time - before.time;
  return {
    usedCpu: (after.used - before.used) / elapsed,
    wantedCpu: (after.wanted - before.wanted) / elapsed,
    sleeps: after.sleeps - before.sleeps,
  };
}
