import { afterEach, expect, test } from "vitest";
import { forget } from "./echolab.ts";
import { benchWith, mayMount, SEED } from "./mounted.ts";

afterEach(() => forget(SEED));

test("a run whose disk fills up in the middle shows its tables all the same", { timeout: 300_000 }, async ({
  skip,
}) => {
  skip(!mayMount, "no mount namespace here");
  const fill = 'while [ -z "$(ls "$RUNS")" ]; do sleep 0.1; done; dd if=/dev/zero of="$RUNS/large" bs=64k 2>/dev/null';
  const words = ["event-loop", "--scenario", "round-trip,crowd"];
  const { code, stdout, stderr } = await benchWith(
    `mount -t tmpfs -o size=9m none "$RUNS"; (sleep 5; ${fill}; find "$RUNS" -name "*.new") &`,
    ...words,
  );
  expect(stdout).toMatch(/^event-loop .*reference/m);
  expect(stdout).toContain("crowd ·");
  expect(stdout).not.toContain(".new");
  expect(stderr).toMatch(/^error: .*is on a full disk: remove old runs, or make room \(ENOSPC\)$/m);
  expect(code).toBe(1);
});
