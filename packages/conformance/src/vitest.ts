import { fileURLToPath } from "node:url";
import {
  findModel,
  type Model,
  missingRequirement,
  pause,
  ServerProcess,
  StartError,
  type StartOptions,
  slowness,
  threads,
} from "@echolab/model";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Case } from "./case.ts";
import { casesFor } from "./cases.ts";
import { waitsIn } from "./grade/observe.ts";
import { startLimit } from "./own-limits.ts";
import { runCase } from "./run-case.ts";
import { TestClient } from "./test-client.ts";
import { UdpClient } from "./udp-client.ts";

const pace = process.env["CONFORMANCE"] === "full" ? ["quick", "full"] : ["quick"];
const conditions = { seed: Number(process.env["CONFORMANCE_SEED"] ?? 1), slowness: slowness() };
const options = { deadline: 10_000 * conditions.slowness };

/** What is only told, and never wrong, is no test. */
const isTest = (each: Case) => pace.includes(each.pace) && each.tier !== "informational";

/**
 * The whole suite against the server package that the test file stands in.
 * @param testFile the test's `import.meta.url`
 */
export function describeServer(testFile: string): void {
  const folder = fileURLToPath(new URL("..", testFile));
  describeModel(findModel(folder, "/"));
}

const LONG = 60_000;

/**
 * What one thread promises that serves everybody, and sleeps in one of these system calls while nobody says anything.
 * @param testFile the test's `import.meta.url`
 * @param calls names of syscalls(2): the C library chooses, and so does the architecture
 */
export function describeOneThread(testFile: string, ...calls: readonly string[]): void {
  const model = findModel(fileURLToPath(new URL("..", testFile)), "/");
  describe(`${model.name} is one thread`, { timeout: 180_000 }, () => {
    let server: ServerProcess;
    const clients: (TestClient | UdpClient)[] = [];
    const Client = model.manifest.protocol === "udp" ? UdpClient : TestClient;
    beforeEach(async ({ skip }) => {
      const started = await startUnlessUnavailable(model);
      server = typeof started === "string" ? skip(started) : started;
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await server?.stop();
    });
    const fiveServed = async () => {
      for (let i = 0; i < 5; i += 1) {
        const client = await Client.open(server, LONG);
        clients.push(client);
        await client.echo(Buffer.from("x"));
      }
    };
    const sleeps = () => expect.poll(() => calls.includes(waitsIn(server.pid) ?? ""), { timeout: LONG }).toBe(true);

    test(`sleeps in ${calls[0]} while nobody says a word, with no client and with five`, async () => {
      await sleeps();
      await fiveServed();
      await sleeps();
    });

    test("adds no thread and no process for five clients", async () => {
      const before = threads(server.pid).length;
      await fiveServed();
      expect(threads(server.pid)).toHaveLength(before);
      expect(server.tree()).toHaveLength(1);
    });

    test("uses less than a hundredth of a CPU while five clients are silent", async () => {
      await fiveServed();
      await sleeps();
      const before = server.ticks();
      await pause(1000);
      expect(server.ticks() - before).toBeLessThanOrEqual(1); // of 10 ms
    });
  });
}

/** The server, or why this machine cannot run it, where it says so of itself. */
async function startUnlessUnavailable(model: Model, options?: StartOptions): Promise<ServerProcess | string> {
  try {
    return await ServerProcess.start(model, options);
  } catch (error) {
    const unavailable = error instanceof StartError ? error.unavailable : undefined;
    const why = unavailable ?? startLimit(error)?.message;
    if (why === undefined) throw error;
    return why;
  }
}

function describeModel(model: Model): void {
  let missing = missingRequirement(model);
  describe(`${model.name} conforms`, () => {
    let server: ServerProcess;
    beforeAll(async () => {
      if (missing) return;
      const started = await startUnlessUnavailable(model, options);
      if (typeof started === "string") missing = started;
      else server = started;
    });
    afterAll(() => server?.stop());

    for (const testCase of casesFor(model.manifest).filter(isTest)) {
      test(`${testCase.id}: ${testCase.requirement}`, { timeout: 240_000 * conditions.slowness }, async ({ skip }) => {
        if (missing) skip(missing);
        if (!server.running) {
          await server.stop(); // what it has started may still be there
          const started = await startUnlessUnavailable(model, options);
          server = typeof started === "string" ? skip(started) : started;
        }
        const { verdict, why } = await runCase(server, testCase, conditions);
        if (verdict === "skipped") skip(`by its own promises: ${why}`);
        if (verdict === "unverifiable") skip(why);
        expect(verdict, `${testCase.id}: ${why}`).not.toBe("fail");
      });
    }
  });
}
