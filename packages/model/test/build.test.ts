import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildModel } from "../src/build.ts";
import { cached } from "../src/cache.ts";
import type { Model } from "../src/discovery.ts";
import { parseManifest } from "../src/manifest.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "echolab-build-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/server.c"), "");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const what of ["built", "home"] as const) rmSync(cached(folder, what), { recursive: true, force: true });
});

/** A model that is built by this shell script. */
function builtBy(script: string | undefined): Model {
  const manifest = {
    version: 1,
    title: "A model",
    summary: "For a test.",
    protocol: "tcp",
    command: ["./server"],
    ready: "line",
    clients: "many",
    overload: "queue",
    idle: "sleeps",
    isolation: "none",
    build: script === undefined ? null : ["sh", "-c", script],
  };
  return { name: "m", folder, manifest: parseManifest(JSON.stringify(manifest), "model.json"), own: {} };
}

describe("buildModel", { timeout: 30_000 }, () => {
  // The script notes each build in a file of the folder: what the build itself makes is not newer than the build.
  const counting = () => builtBy("echo built >> builds");
  const builds = () => readFileSync(join(folder, "builds"), "utf8").split("\n").length - 1;

  test("builds in the model's folder, once", async () => {
    expect(await buildModel(counting())).toBeUndefined();
    expect(await buildModel(counting())).toBeUndefined();
    expect(builds()).toBe(1);
  });

  test("builds again when a file in the folder is newer, at any depth", async () => {
    await buildModel(counting());
    const later = Date.now() / 1000 + 10;
    utimesSync(join(folder, "src/server.c"), later, later);
    await buildModel(counting());
    expect(builds()).toBe(2);
  });

  test("does nothing where there is nothing to build", async () => {
    expect(await buildModel(builtBy(undefined))).toBeUndefined();
  });

  test("says what the workspace's compiler has said where that has failed, whatever it was before", async () => {
    const manifest = { ...builtBy(undefined).manifest, command: ["node", "dist/main.js"] };
    const model = { ...builtBy(undefined), manifest };
    expect(await buildModel(model)).toBe("its build failed: there is no dist/main.js");
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/main.js"), "");
    expect(await buildModel(model)).toBeUndefined();
    mkdirSync(join(folder, ".turbo"));
    writeFileSync(
      join(folder, ".turbo/turbo-build.log"),
      "\n$ tsc\nsrc/a.ts(1,2): error TS1109: Expression expected.\n",
    );
    writeFileSync(join(folder, ".turbo/failed"), "");
    expect(await buildModel(model)).toBe("its build failed: src/a.ts(1,2): error TS1109: Expression expected.");
  });

  test.each([
    ["stderr", "echo first >&2; echo 'server.c:1: the reason' >&2; exit 1"],
    ["stdout, where there is no stderr", "echo first; echo 'server.c:1: the reason'; exit 2"],
  ])("gives the last line of a failed build: %s", async (_, script) => {
    expect(await buildModel(builtBy(script))).toBe("its build failed: server.c:1: the reason");
  });

  test("says which command is missing", async () => {
    const model = builtBy("");
    const missing = { ...model, manifest: { ...model.manifest, build: ["no-such-compiler"] } };
    expect(await buildModel(missing)).toBe("its build failed: there is no program no-such-compiler");
  });

  test("builds again after a failure, until it succeeds", async () => {
    const model = builtBy("echo built >> builds; test -e right || { echo wrong >&2; exit 1; }");
    expect(await buildModel(model)).toBe("its build failed: wrong");
    writeFileSync(join(folder, "right"), "");
    expect(await buildModel(model)).toBeUndefined();
    expect(await buildModel(model)).toBeUndefined();
    expect(builds()).toBe(2);
  });
});
