import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { echolab } from "./echolab.ts";

const leaking = fileURLToPath(new URL("../../conformance/faulty/leaks-descriptors", import.meta.url));

describe("soak", { timeout: 300_000 }, () => {
  test("finds that a server which keeps descriptors grows", async () => {
    const { code, stdout } = await echolab(["soak", leaking, "--minutes", "0.4"]);
    expect(stdout).toMatch(/descriptors .* in the first third, .* in the last/);
    expect(stdout).toContain("it grows");
    expect(code).toBe(1);
  });

  test("of a server that ends says how it ended, with its last words", async () => {
    const folder = mkdtempSync(join(tmpdir(), "echolab-soak-"));
    const manifest = {
      ...{ version: 1, title: "T", summary: "S.", protocol: "tcp", command: ["node", "server.cjs"], ready: "line" },
      ...{ clients: "many", overload: "refuse", idle: "sleeps", isolation: "none" },
    };
    writeFileSync(join(folder, "model.json"), JSON.stringify(manifest));
    const source = `let left = 30; require("node:net").createServer({ allowHalfOpen: true }, (client) => {
      if (--left === 0) throw new Error("thirty are too many");
      client.on("error", () => {}).pipe(client);
    }).listen(0, "127.0.0.1", function () { console.log("listening on 127.0.0.1:" + this.address().port); });`;
    writeFileSync(join(folder, "server.cjs"), source);
    const { code, stderr } = await echolab(["soak", folder, "--minutes", "0.4"]);
    rmSync(folder, { recursive: true });
    expect(stderr).toMatch(/the server ended \(exit code 1\): Error: thirty are too many/);
    expect(code).toBe(1);
  });

  test("finds that a right one does not", async () => {
    const { code, stdout } = await echolab(["soak", "epoll", "--minutes", "0.4"]);
    expect(stdout, stdout).toContain("nothing grows");
    expect(code).toBe(0);
  });
});
