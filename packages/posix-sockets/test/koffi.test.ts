import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { setEnvironmentData, Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadKoffi } from "../src/koffi.ts";

describe("koffi", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "echolab-koffi-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is the native module alone: nothing of its JavaScript is loaded", async () => {
    const loaded = `
      const { createRequire } = await import("node:module");
      await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url))});
      console.log(Object.keys(createRequire(import.meta.url).cache).join("\\n"));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", loaded]);
    expect(stdout.trim().split("\n")).toEqual([expect.stringMatching(/koffi\.node$/)]);
  });

  test("is looked for once: threads are told where it is", async () => {
    loadKoffi();
    const thread = `
      const { getEnvironmentData, parentPort } = require("node:worker_threads");
      parentPort.postMessage(getEnvironmentData(${JSON.stringify(`koffi for ${new URL("../src/koffi.ts", import.meta.url)}`)}));
    `;
    expect(await once(new Worker(thread, { eval: true }), "message")).toEqual([expect.stringMatching(/koffi\.node$/)]);

    const from = pathToFileURL(join(folder, "index.js")).href;
    writeFileSync(join(folder, "told.cjs"), "module.exports = 'what it was told';");
    setEnvironmentData(`koffi for ${from}`, join(folder, "told.cjs"));
    expect(loadKoffi(from)).toBe("what it was told");
  });

  test("finds its own where the one for glibc cannot be loaded", () => {
    const place = join(folder, "node_modules/koffi");
    const native = join(place, `node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}`);
    mkdirSync(native, { recursive: true });
    writeFileSync(join(native, "koffi.node"), "for another C library");
    writeFileSync(join(place, "index.js"), "module.exports = 'found by itself';");
    expect(loadKoffi(pathToFileURL(join(folder, "index.js")).href)).toBe("found by itself");
  });
});
