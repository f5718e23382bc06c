import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findModels, type Model, slowness } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { cases, runCases } from "../src/index.ts";

/** `pnpm faults` tries 1,000, `pnpm conformance` 20, and `pnpm test` the first one. */
const SEEDS = Number(process.env["FAULT_SEEDS"] ?? (process.env["CONFORMANCE"] === "full" ? 20 : 1));
/** Every byte, in pieces, half-closed, for several clients, and with resets in between. */
const asked = cases.filter(({ number }) => [4, 7, 10, 15, 17, 28].includes(Number(number)));

const usesPosixSockets = ({ folder }: Model) =>
  readFileSync(join(folder, "package.json"), "utf8").includes("posix-sockets");
const slow = slowness();
const models = findModels(undefined, ["own"])
  .filter(({ folder, manifest }) => folder.includes("packages/server-") && manifest.protocol === "tcp")
  .filter(usesPosixSockets);

const inject = new URL("../../posix-sockets/faults/inject.js", import.meta.url);
/** The server, with faults in a quarter of its calls, in its threads and in its child processes too. */
const faulty = (model: Model, seed: number): Model => ({
  ...model,
  manifest: { ...model.manifest, env: { ...model.manifest.env, NODE_OPTIONS: `--import=${inject}?seed=${seed}` } },
});

describe.concurrent.each(models.map((model) => [model.name, model] as const))(
  "%s, when the kernel does what it may",
  (_, model) => {
    test(`answers as it must, with the faults of seeds 1 to ${SEEDS}`, { timeout: 60_000 * SEEDS }, async () => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        for await (const {
          case: { id },
          verdict,
          why,
        } of runCases(faulty(model, seed), asked, { seed, slowness: slow }))
          expect(verdict, `seed ${seed}, ${id}: ${why}`).not.toBe("fail");
      }
    });
  },
);
