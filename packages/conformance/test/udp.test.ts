import { fileURLToPath } from "node:url";
import { findModel } from "@echolab/model";
import { expect, test } from "vitest";
import { casesFor, runCases } from "../src/index.ts";

const reference = findModel(fileURLToPath(new URL("../../server-udp-event-loop", import.meta.url)), "/");

test("a careful UDP server passes every case for UDP", { timeout: 180_000 }, async () => {
  const verdicts: string[] = [];
  for await (const {
    case: { id },
    verdict,
    why,
  } of runCases(reference, casesFor(reference.manifest), { seed: 1 }))
    verdicts.push(`${id} ${verdict}${verdict === "fail" ? `: ${why}` : ""}`);
  expect(verdicts.filter((each) => !/ (pass|informational)$/.test(each))).toEqual([]);
  expect(verdicts).toHaveLength(9);
});
