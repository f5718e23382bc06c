import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cpuTime, sleep } from "../src/process.ts";

// These end, stop or exhaust a whole process: each has a small program of its own, which runs the compiled package.
const fixture = (name: string) => fileURLToPath(new URL(`./fixture/${name}.js`, import.meta.url));

describe("exitNow", { timeout: 300_000 }, () => {
  test.each([0, 7])("ends the process with exit code %i while another thread is blocked in accept", (code) => {
    const { status, signal, stderr } = spawnSync(process.execPath, [fixture("exit-now"), String(code)], {
      encoding: "utf8",
      timeout: 60_000, // it would hang for ever; on a slow machine it takes its time
      killSignal: "SIGKILL",
    });
    expect({ status, signal, stderr }).toEqual({ status: code, signal: null, stderr: "" });
  });

  // In this process, other tests may have loaded another copy of the package.
  test("is found by code that must not depend on this package", () => {
    const { stdout } = spawnSync(process.execPath, [fixture("exit-now-found")], { encoding: "utf8" });
    expect(stdout).toBe("the same\n");
  });
});

describe("sleep", { timeout: 180_000 }, () => {
  test("lets at least its time go by, fractions of a millisecond included", () => {
    const before = performance.now();
    for (let i = 0; i < 20; i += 1) sleep(0.5);
    expect(performance.now() - before).toBeGreaterThanOrEqual(10);
  });
});

describe("cpuTime", { timeout: 180_000 }, () => {
  test("of another process counts its threads, and those that have ended", async () => {
    const program = `
      const { Worker } = require("node:worker_threads");
      const thread = new Worker("for (const end = performance.now() + 100; performance.now() < end; );", { eval: true });
      thread.once("exit", () => {
        const { user, system } = process.cpuUsage();
        process.stdout.write((user + system) * 1000 + "\\n");
        process.stdin.resume();
      });
    `;
    const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
      const used = Number(value); // nanoseconds, as it says itself
      expect(cpuTime(child.pid!)).toBeGreaterThanOrEqual(used);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    expect(cpuTime(child.pid!)).toBe(0);
  });
});

describe("Epoll.wait", { timeout: 180_000 }, () => {
  test("answers 0, and fails not, when the process was stopped and goes on (EINTR)", async () => {
    await running([fixture("stopped-wait")], async (child, nextLine) => {
      expect(await nextLine()).toBe("waiting");
      const answer = nextLine();
      let answered = false;
      answer.then(() => {
        answered = true;
      });
      // The first stop may come before the wait has begun, and then interrupts nothing: the next one does.
      while (!answered) {
        child.kill("SIGSTOP");
        await expect.poll(() => stateOf(child.pid!), { timeout: 5000, interval: 5 }).toBe("T");
        child.kill("SIGCONT");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(await answer).toBe("answered 0");
    });
  });
});

describe("at the limit of descriptors (EMFILE)", { timeout: 180_000 }, () => {
  test.each(["accept", "acceptAsync"])("%s waits without spinning, and goes on once some are free", async (call) => {
    const words = ["-c", 'ulimit -n 64 && exec "$@"', "sh", process.execPath, fixture("exhausted"), call];
    await running(
      words,
      async (_, nextLine) => {
        const client = connect(Number(await nextLine()), "127.0.0.1");
        try {
          client.write("hello");
          const [answer] = await once(client, "data");
          expect(String(answer)).toBe("hello");
        } finally {
          client.destroy();
        }
        const { waited, cpu, exhausted } = JSON.parse(await nextLine());
        expect(exhausted).toBe(true);
        expect(waited).toBeGreaterThan(500); // milliseconds: it did wait for the descriptors
        expect(cpu).toBeLessThan(waited / 4);
      },
      "/bin/sh",
    );
  });
});

/** Runs a program while it is looked at, and ends it whatever happens. Its words on stderr are ours. */
async function running(
  words: readonly string[],
  look: (child: ChildProcess, nextLine: () => Promise<string>) => Promise<void>,
  command = process.execPath,
): Promise<void> {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  try {
    await look(child, async () => (await lines.next()).value);
  } finally {
    child.kill("SIGKILL");
    await exit;
  }
}

/** R running, S sleeping, T stopped … (proc(5)). */
function stateOf(pid: number): string | undefined {
  return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
}
