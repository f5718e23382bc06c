import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findModels, type Model } from "@echolab/model";
import { describe, expect, test } from "vitest";
import { cases, runCases } from "../src/index.ts";
import { isFull } from "./faulty.ts";
import { conditions } from "./judge.ts";

/** `pnpm faults` tries 1,000, `pnpm conformance` 20, and `pnpm test` the first one, of the servers that start nothing for a client. */
const SEEDS = Number(process.env["FAULT_SEEDS"] ?? (isFull ? 20 : 1));
/** Every byte, in pieces, half-closed, for several clients, and with resets in between. */
const asked = cases.filter(({ number }) => [4, 7, 10, 15, 17, 28].includes(Number(number)));

const usesPosixSockets = ({ folder }: Model) =>
  readFileSync(join(folder, "package.json"), "utf8").includes("posix-sockets");
const models = findModels(undefined, ["own"])
  .filter(({ folder, manifest }) => folder.includes("packages/server-") && manifest.protocol === "tcp")
  .filter(usesPosixSockets)
  .filter(({ manifest }) => isFull || manifest.isolation === "none");

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
        } of runCases(faulty(model, seed), asked, { seed, slowness: conditions.slowness }))
          expect(verdict, `seed ${seed}, ${id}: ${why}`).not.toBe("fail");
      }
    });
  },
);
