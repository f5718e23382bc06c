import { fileURLToPath } from "node:url";
import { findModel, type Model, missingRequirement, ServerProcess } from "@echolab/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases, runCase } from "../src/index.ts";

const SEED = 1;

/** Each faulty server, the case that is there to find it, and what the case says of it. */
const faulty: Record<string, [number: number, reason: RegExp]> = {
  "line-buffered": [3, /1 bytes sent, 0 came back/],
  "decodes-utf8": [4, /different from byte 128 on: expected 8081828384858687, got efbfbd/],
  "short-write-ignored": [9, /67108864 bytes sent, \d+ came back; then nothing moved/],
  "drops-half-close": [10, /came back.*then FIN came/],
  "adds-newline": [14, /1 bytes more came back than were sent/],
  "cross-talk": [15, /different from byte 7 on/],
  "no-back-pressure": [22, /required: at most 32 MiB more memory/],
  "no-error-handler": [27, /the server ended \(exit code 1\): Error: .* ECONNRESET/],
  "leaves-children": [42, /1 s after SIGTERM to the first process, processes are left: 10/],
  "never-ends": [42, /1 s after SIGTERM to the first process, processes are left: 1/],
  "no-reuseaddr": [43, /Address already in use/],
  "ignores-bad-port": [44, /started on port "abc" as if nothing were wrong/],
  "binds-all-interfaces": [45, /listens on ::/],
};

const caseOf = (number: number) => cases.find((each) => each.number === number)!;
const here = fileURLToPath(new URL(".", import.meta.url));

async function judge(model: Model, number: number) {
  const server = await ServerProcess.start(model);
  try {
    return await runCase(server, caseOf(number), SEED);
  } finally {
    await server.stop();
  }
}

describe("every faulty server is found by its own case", () => {
  for (const [name, [number, reason]] of Object.entries(faulty)) {
    test(`${name} by case ${number}`, { timeout: 30_000 }, async ({ skip }) => {
      const model = findModel(`../faulty/${name}`, here);
      const missing = missingRequirement(model);
      if (missing) skip(missing);
      const { verdict, why } = await judge(model, number);
      expect(why).toMatch(reason);
      expect(verdict).toBe("fail");
    });
  }
});

describe("a good server passes the same cases", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start(findModel("event-loop", here));
  });
  afterAll(() => server.stop());

  test.each([...new Set(Object.values(faulty).map(([number]) => number))])(
    "case %i",
    { timeout: 30_000 },
    async (number) => {
      expect(await runCase(server, caseOf(number), SEED)).toMatchObject({ verdict: "pass" });
    },
  );
});

describe("a declared difference is asserted both ways", () => {
  const declaring = (name: string, clients: number | "many"): Model => {
    const model = findModel(name, here);
    return { ...model, manifest: { ...model.manifest, clients } };
  };

  test.each([16, 23])("case %i: who declares one client at a time must not answer a second one", async (number) => {
    expect(await judge(declaring("event-loop", 1), number)).toMatchObject({
      verdict: "fail",
      why: "declares one client at a time, and answered a second one",
    });
    expect(await judge(findModel("sequential", here), number)).toMatchObject({ verdict: "by design" });
  });

  test("case 16: who declares many clients, and serves one after the other, fails", async () => {
    expect(await judge(declaring("sequential", "many"), 16)).toMatchObject({ verdict: "fail" });
  });
});
