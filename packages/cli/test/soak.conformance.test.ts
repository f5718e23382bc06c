import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { echolab } from "./echolab.ts";

const leaking = fileURLToPath(new URL("../../conformance/faulty/leaks-descriptors", import.meta.url));

describe.runIf(process.env["CONFORMANCE"] === "full")("soak", { timeout: 120_000 }, () => {
  test("finds that a server which keeps descriptors grows", async () => {
    const { code, stdout } = await echolab(["soak", leaking, "--minutes", "0.4"]);
    expect(stdout).toMatch(/descriptors .* in the first third, .* in the last/);
    expect(stdout).toContain("it grows");
    expect(code).toBe(1);
  });

  test("finds that a right one does not", async () => {
    const { code, stdout } = await echolab(["soak", "epoll", "--minutes", "0.4"]);
    expect(stdout, stdout).toContain("nothing grows");
    expect(code).toBe(0);
  });
});
