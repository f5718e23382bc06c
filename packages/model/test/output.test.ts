import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openOutput } from "../src/output.ts";

const folder = mkdtempSync(join(tmpdir(), "echolab-output-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(path(name), "utf8");

describe("an output", () => {
  test("is replaced as a whole, keeps its mode, and makes its folders", () => {
    const output = openOutput("new/folders/out.json", folder);
    output.write("first");
    expect(read("new/folders/out.json")).toBe("first");
    output.finish("last");
    expect(read("new/folders/out.json")).toBe("last");
    writeFileSync(path("private"), "", { mode: 0o600 });
    openOutput("private", folder).finish("x");
    expect(statSync(path("private")).mode & 0o777).toBe(0o600);
  });

  test("follows its own link, and no link that was laid beside it; nothing else is left", () => {
    mkdirSync(path("links"));
    writeFileSync(path("victim"), "untouched");
    symlinkSync("there/real.json", path("links/out.json"));
    for (const name of ["out.json.new", "real.json.new"]) symlinkSync("../victim", path(`links/${name}`));
    const output = openOutput("links/out.json", folder);
    output.write("first");
    output.finish("last");
    expect(output.path).toBe(path("links/there/real.json"));
    expect(read("links/there/real.json")).toBe("last");
    expect(lstatSync(path("links/out.json")).isSymbolicLink()).toBe(true);
    expect(read("victim")).toBe("untouched");
    expect(readdirSync(path("links/there"))).toEqual(["real.json"]);
  });

  test("stays what it was, and leaves nothing beside it, where it cannot be written any more", () => {
    mkdirSync(path("gone"));
    const output = openOutput("gone/out.json", folder);
    output.write("first");
    rmSync(path("gone"), { recursive: true });
    expect(() => output.finish("last")).toThrow("ENOENT");
    mkdirSync(path("gone/out.json"), { recursive: true });
    expect(() => output.finish("last")).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(path("gone"))).toEqual(["out.json"]);
  });

  test("is written in its place where its folder is another user's", ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can make a folder of another user's");
    mkdirSync(path("others"));
    writeFileSync(path("others/out.json"), "much that was there before");
    chmodSync(path("others/out.json"), 0o666);
    chmodSync(folder, 0o755);
    const program = `
      import { openOutput } from ${JSON.stringify(new URL("../dist/output.js", import.meta.url).href)};
      const output = openOutput("others/out.json", ${JSON.stringify(folder)});
      output.write("first");
      output.finish("last");
      try { openOutput("others/new.json", ${JSON.stringify(folder)}); } catch ({ message }) { console.log(message); }
      process.exit();`;
    // It may read the checkout, also where that is in a folder of root's own.
    const reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
    const words = ["--reuid", "nobody", "--clear-groups", ...reads, process.execPath, "--input-type=module", "--eval"];
    const said = execFileSync("setpriv", [...words, program], { encoding: "utf8", cwd: import.meta.dirname });
    expect(read("others/out.json")).toBe("last");
    expect(said).toMatch(/^others\/new\.json cannot be written: EACCES/);
    expect(readdirSync(path("others"))).toEqual(["out.json"]);
  });

  test.each([
    [".", "it is a folder"],
    ["file/below.json", "file"],
    ["/proc/x/y.json", "/proc/x"],
    ["/proc/y.json", "/proc"],
    ["unread", "start the reader first"],
    ["circle", "ELOOP"],
    ["", "it has no name"],
  ])("that cannot be written is said when it is opened: %s", (name, why) => {
    writeFileSync(path("file"), "mine");
    rmSync(path("unread"), { force: true });
    execFileSync("mkfifo", [path("unread")]);
    rmSync(path("circle"), { force: true });
    symlinkSync("circle", path("circle"));
    expect(() => openOutput(name, folder)).toThrow(/ cannot be written: /);
    expect(() => openOutput(name, folder)).toThrow(why);
    expect(read("file")).toBe("mine");
  });

  test("that is a pipe gets the last word alone, and is waited for where its reader is slow", async () => {
    execFileSync("mkfifo", [path("pipe")]);
    // Opened for reading and writing, it is there before the output is opened.
    const child = spawn("sh", ["-c", 'exec 3<>"$0"; echo ready; sleep 1; head -c 500000 <&3 | wc -c', path("pipe")]);
    let counted = "";
    child.stdout.setEncoding("utf8");
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.on("data", (chunk) => (counted += chunk));
    const output = openOutput("pipe", folder);
    output.write("first");
    output.finish("x".repeat(500_000));
    await new Promise((resolve) => child.once("close", resolve));
    expect(Number(counted)).toBe(500_000);
  });

  test("that is a device gets the last word alone, and stays a device", () => {
    const output = openOutput("/dev/full", folder);
    output.write("a first word that a full device would refuse");
    expect(() => output.finish("x")).toThrow("ENOSPC");
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });
});
