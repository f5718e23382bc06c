import { execFile } from "node:child_process";
import { findModel, projectRoot, ServerProcess, StartError } from "@echolab/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Case } from "../src/case.ts";
import { casesFor } from "../src/cases.ts";
import { runCase } from "../src/run-case.ts";
import { arm64Node, emulated, environment, onArm64, prepareArm64 } from "./arm64.ts";

const MODELS = ["sequential", "select", "poll", "epoll", "thread-per-connection", "process-per-connection"];
/** arm64's Node starts in 1.4 s under qemu-user, where this machine's own takes 45 ms. */
const SLOWNESS = 30;
/** Cases in which tens of clients come, each of which may be a Node that has to start. */
const MANY_CLIENTS: readonly Case["number"][] = [28, 39];
const START_MS = 10_000 * SLOWNESS;
const LONG_MS = 600_000;
const conditions = { seed: 1, slowness: SLOWNESS };
const model = (name: string) => onArm64(findModel(name, projectRoot()));

describe("on arm64, emulated by qemu-user", { timeout: LONG_MS }, () => {
  let missing: string | undefined;
  beforeAll(async () => {
    missing = await prepareArm64();
  }, LONG_MS);

  // Most of the time a case waits: the models are tried beside each other, the cases of each one after the other.
  describe.concurrent.each(MODELS)("%s conforms", (name) => {
    const own = model(name);
    let server: ServerProcess | undefined;
    const started = async () => {
      if (server?.running) return server;
      await server?.stop(); // what it has started may still be there
      server = await ServerProcess.start(own, { deadline: START_MS });
      return server;
    };
    afterAll(() => server?.stop(), LONG_MS);

    for (const each of casesFor(own.manifest).filter(
      ({ pace, tier }) => pace === "quick" && tier !== "informational",
    )) {
      test.sequential(`${each.id}: ${each.requirement}`, async ({ skip }) => {
        if (missing) skip(missing);
        const startsMany = own.manifest.isolation !== "none" && MANY_CLIENTS.includes(each.number);
        if (startsMany) skip("to start a Node for each of tens of clients takes minutes under qemu-user");
        const { verdict, why } = await runCase(await started(), each, conditions);
        if (verdict === "skipped") skip(`by its own promises: ${why}`);
        expect(verdict, `${each.id}: ${why}`).toMatch(/^(pass|by design)$/);
      });
    }
  });

  test.concurrent("io-uring says that the emulator has no io_uring", async ({ skip }) => {
    if (missing) skip(missing);
    const start = ServerProcess.start(model("io-uring"), { deadline: START_MS });
    const server = await start.catch((error: unknown) => error);
    if (server instanceof ServerProcess) return server.stop(); // a newer emulator
    expect(server).toBeInstanceOf(StartError);
    expect((server as StartError).unavailable).toMatch(/^io-uring: io_uring_setup ENOSYS/);
    skip("qemu-user has no io_uring: io_uring_setup ENOSYS");
  });

  test.concurrent("posix-sockets passes its own tests, but for those of io_uring", async ({ skip }) => {
    if (missing) skip(missing);
    const files = await testsOfPosixSockets();
    const results = files.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ status, fullName }) => ({ file: name.replace(/.*\//, ""), status, fullName })),
    );
    expect(results.filter(({ status }) => status === "failed")).toEqual([]);
    const passed = new Set(results.filter(({ status }) => status === "passed").map(({ file }) => file));
    for (const kind of ["socket", "udp-socket", "accept-async", "select", "poll", "epoll", "platform", "koffi"]) {
      expect(passed).toContain(`${kind}.test.ts`);
    }
  });
});

interface TestFile {
  readonly name: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/** The project's own vitest, run by arm64's Node. */
function testsOfPosixSockets(): Promise<TestFile[]> {
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "packages/posix-sockets/", "--reporter=json"];
  const endsWithUs = ["setpriv", "--pdeathsig", "KILL"];
  const limits = [
    "--no-file-parallelism",
    "--exclude=**/*.slow.test.ts",
    `--test-timeout=${LONG_MS}`,
    `--hook-timeout=${LONG_MS}`,
  ];
  const [program, ...words] = [...emulated, ...endsWithUs, arm64Node, ...vitest, ...limits];
  const options = { cwd: projectRoot(), env: { PATH: process.env["PATH"], ...environment }, maxBuffer: 2 ** 24 };
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      const report = /^\{.*"testResults".*\}$/m.exec(stdout)?.[0];
      if (report) resolve(JSON.parse(report).testResults);
      else reject(new Error(`vitest made no report: ${stderr || error?.message}`));
    });
  });
}
