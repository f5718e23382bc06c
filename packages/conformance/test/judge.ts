import { type Model, ServerProcess, slowness } from "@echolab/model";
import { type Case, runCase } from "../src/index.ts";

export const conditions = { seed: 1, slowness: slowness() };

/** What one case says of a server that is started for it. */
export async function judge(model: Model, testCase: Case) {
  const server = await ServerProcess.start(model);
  try {
    return await runCase(server, testCase, conditions);
  } finally {
    await server.stop();
  }
}
