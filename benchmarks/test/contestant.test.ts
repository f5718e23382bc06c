import { once } from "node:events";
import { connect } from "node:net";
import { findModel } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { Contestant } from "../src/contestant.ts";
import type { WindowReport } from "../src/generator-protocol.ts";
import { topology } from "../src/topology.ts";

describe("a window", () => {
  test("counts threads that have ended, also of a server that says it has none", async () => {
    const threads = await cpuOfClients("thread");
    expect(await cpuOfClients("none")).toBeGreaterThan(threads / 2);
  });
});

/** CPU time of thread-per-connection, in milliseconds, for a few clients who come and go. @param isolation what it says of itself */
async function cpuOfClients(isolation: "thread" | "none"): Promise<number> {
  const model = findModel("thread-per-connection", ".");
  const contestant = new Contestant({ ...model, manifest: { ...model.manifest, isolation } });
  await contestant.start(topology("free"));
  try {
    const { host, port } = contestant.server;
    const { cpu } = await contestant.window(topology("free"), false, async () => {
      for (let i = 0; i < 10; i += 1) await once(connect(port, host).resume().end("x"), "close");
      return { generatorCpu: 0 } as WindowReport;
    });
    return cpu;
  } finally {
    await contestant.stop();
  }
}
