import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildModel } from "../src/build.ts";
import { cached } from "../src/cache.ts";
import type { Model } from "../src/discovery.ts";
import { parseManifest } from "../src/manifest.ts";
import { runToEnd } from "../src/run-to-end.ts";
import { ENCLOSURES, HOLDING, runs } from "./shell-server.ts";

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

/** Processes in whose command line the word stands. */
const running = (word: string) =>
  readdirSync("/proc").filter((pid) => {
    try {
      return runs(Number(pid)) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
    } catch {
      return false; // no process, or one that has just ended
    }
  });

describe.each(ENCLOSURES)("a build in the enclosure %s", { timeout: 180_000 }, (enclosure) => {
  test("writes to its folder, and sees a clean environment", async () => {
    process.env["ECHOLAB_TOKEN"] = "s3cret";
    try {
      expect(await buildModel(builtBy("env >environment; ulimit -n >limit"), enclosure)).toBeUndefined();
    } finally {
      delete process.env["ECHOLAB_TOKEN"];
    }
    expect(readFileSync(join(folder, "environment"), "utf8")).toMatch(/^PATH=/m);
    expect(readFileSync(join(folder, "environment"), "utf8")).not.toContain("ECHOLAB_TOKEN");
    expect(Number(readFileSync(join(folder, "limit"), "utf8"))).toBeLessThanOrEqual(8192);
  });

  test("is ended when its time is over, whatever it ignores", async () => {
    const script = "trap '' TERM INT HUP; exec 7>&-; sleep 600 & while :; do sleep 600; done";
    const building = runToEnd(builtBy(""), ["sh", "-c", script, folder], {}, enclosure, 600);
    await expect(building).rejects.toThrow("it took more than 0.01 minutes");
    expect(running(folder)).toEqual([]);
  });
});

test.each(HOLDING)(
  "a build in the enclosure %s leaves nothing running, also in a session of its own",
  { timeout: 180_000 },
  async (enclosure) => {
    const away = `setsid sh -c 'sleep 600; :' ${folder} </dev/null >/dev/null 2>&1 &`;
    expect(await buildModel(builtBy(away), enclosure)).toBeUndefined();
    expect(running(folder)).toEqual([]);
  },
);

describe("buildModel", { timeout: 180_000 }, () => {
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

  test("builds again when a file is gone that was there after the last one, as after git clean", async () => {
    await buildModel(counting());
    rmSync(join(folder, "builds"));
    await buildModel(counting());
    expect(builds()).toBe(1);
  });

  test.each(["", '["/a', "null", '"no list"'])("builds again where its note is no note: %s", async (text) => {
    await buildModel(counting());
    writeFileSync(cached(folder, "built"), text);
    expect(await buildModel(counting())).toBeUndefined();
    expect(builds()).toBe(2);
  });

  test("is no failure where its note cannot be kept", async () => {
    mkdirSync(join(cached(folder, "built"), "in the way"), { recursive: true });
    expect(await buildModel(counting())).toBeUndefined();
    expect(readdirSync(dirname(cached(folder, "built"))).filter((name) => name.endsWith(`.${process.pid}`))).toEqual(
      [],
    );
  });

  test("does not call a limit of this process a failure of the build", () => {
    const build = new URL("../dist/build.js", import.meta.url).href;
    const program = `
      import { openSync } from "node:fs";
      import { buildModel } from ${JSON.stringify(build)};
      const model = ${JSON.stringify(builtBy("true"))};
      try { for (;;) openSync("/dev/null"); } catch {}
      const said = await buildModel(model, "session").catch((error) => "thrown: " + error.code);
      process.stdout.write(String(said));
      process.exit();`;
    const words = ["--nofile=64:64", process.execPath, "--input-type=module", "--eval", program];
    expect(execFileSync("prlimit", words, { encoding: "utf8" })).toBe("thrown: EMFILE");
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
