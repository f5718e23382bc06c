import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import koffi from "koffi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadKoffi } from "../src/koffi.ts";

describe("koffi", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "echolab-koffi-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is the same native module that its own loader finds", () => {
    expect(loadKoffi()).toBe(koffi);
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
