import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findModel, findModels, type Model, missingRequirement, parseModelSpec } from "../src/discovery.ts";
import { parseManifest } from "../src/manifest.ts";

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
};
const options = {
  "when-nothing": { values: ["spin", "sleep"], default: "spin", help: "what to do" },
  pace: { values: ["slow", "fast"], default: "slow", help: "how fast" },
};

let root: string;
const write = (folder: string, content: object = manifest) => {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, "model.json"), JSON.stringify(content));
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "echolab-discovery-"));
  write("packages/server-epoll", { ...manifest, options });
  write("packages/server-poll");
  write("benchmarks/limits/c-epoll");
  write("benchmarks/peers/go-net");
  write("homework/mine");
  write("elsewhere/hw3");
  write("elsewhere/broken", { ...manifest, idle: "dozes" });
  mkdirSync(join(root, "packages/conformance"));
});
afterAll(() => rmSync(root, { recursive: true }));

const find = (spec: string, typedIn = root) => findModel(spec, typedIn, root);

describe("findModels", () => {
  test("finds every folder with a model.json, by its folder's name, sorted, ours before limits and peers", () => {
    expect(findModels(root).map(({ name }) => name)).toEqual(["epoll", "mine", "poll", "c-epoll", "go-net"]);
  });

  test("finds nothing where none of the places exists", () => {
    expect(findModels(join(root, "elsewhere"))).toEqual([]);
  });
});

describe("findModel", () => {
  test("finds a name", () => {
    expect(find("epoll")).toMatchObject({ name: "epoll", folder: join(root, "packages/server-epoll"), own: {} });
  });

  test.each(["./hw3", "../elsewhere/hw3", "./hw3/"])("finds the folder %s, from where it was typed", (spec) => {
    const found = find(spec, join(root, "elsewhere"));
    expect(found).toMatchObject({ name: "hw3", folder: join(root, "elsewhere/hw3") });
  });

  test("finds an absolute folder", () => {
    expect(find(join(root, "elsewhere/hw3"), "/").name).toBe("hw3");
  });

  test("takes the options that differ from the default into the name", () => {
    expect(find("epoll:when-nothing=sleep")).toMatchObject({
      name: "epoll:when-nothing=sleep",
      own: { "when-nothing": "sleep" },
    });
    expect(find("epoll:pace=fast:when-nothing=sleep").own).toEqual({ pace: "fast", "when-nothing": "sleep" });
    expect(find("epoll:when-nothing=spin")).toMatchObject({ name: "epoll", own: {} });
  });

  test.each([
    [
      "epol",
      'no model "epol" (did you mean "epoll"?); there are epoll, mine, poll, c-epoll, go-net, or a folder: ./epol',
    ],
    ["nothing-like-it", 'no model "nothing-like-it"; there are epoll,'],
    [
      "epoll:when-nothin=sleep",
      'epoll has no option "when-nothin" (did you mean "when-nothing"?); it has when-nothing, pace',
    ],
    ["poll:pace=fast", 'poll has no option "pace"; it has none'],
    ["epoll:pace=fest", 'epoll:pace is one of slow, fast, not "fest" (did you mean "fast"?)'],
    ["epoll:pace", '"epoll:pace": an option is written MODEL:OPTION=VALUE'],
    ["epoll:pace=", '"epoll:pace=": an option is written MODEL:OPTION=VALUE'],
    ["./packages", "packages/model.json: no such file; a model is a folder with a model.json"],
    ["./elsewhere/broken", 'elsewhere/broken/model.json: "idle" must be one of sleeps, spins'],
  ])("says what is wrong with %s", (spec, message) => {
    expect(() => find(spec)).toThrow(
      expect.objectContaining({ name: "ManifestError", message: expect.stringContaining(message) }),
    );
  });

  test("names a folder's model.json by the path from the working directory", () => {
    const shown = relative(process.cwd(), join(root, "elsewhere/broken/model.json"));
    expect(() => find("./elsewhere/broken")).toThrow(`${shown}: `);
  });
});

describe("parseModelSpec", () => {
  test("takes a spec apart", () => {
    expect(parseModelSpec("busy-wait:when-nothing=sleep:a=b")).toEqual({
      name: "busy-wait",
      own: { "when-nothing": "sleep", a: "b" },
    });
  });
});

describe("missingRequirement", () => {
  const needing = (requires: object): Model => ({
    name: "m",
    folder: root,
    manifest: parseManifest(JSON.stringify({ ...manifest, requires }), "model.json"),
    own: {},
  });

  test("is undefined where everything is there", () => {
    expect(missingRequirement(needing({ os: [process.platform], commands: ["sh"] }))).toBeUndefined();
    expect(missingRequirement(needing({}))).toBeUndefined();
  });

  test("names the commands that are not on PATH", () => {
    const commands = ["sh", "no-such-command", "nor-this-one"];
    expect(missingRequirement(needing({ commands }))).toBe("needs no-such-command, nor-this-one on PATH");
  });

  test("names the operating system", () => {
    expect(missingRequirement(needing({ os: ["darwin"] }))).toBe("needs darwin, this is linux");
  });

  test("is not met by a folder, or by a file that cannot be run", () => {
    mkdirSync(join(root, "bin/a-folder"), { recursive: true });
    writeFileSync(join(root, "bin/a-text"), "");
    const path = process.env["PATH"];
    process.env["PATH"] = join(root, "bin");
    try {
      const commands = ["a-folder", "a-text"];
      expect(missingRequirement(needing({ commands }))).toBe("needs a-folder, a-text on PATH");
    } finally {
      process.env["PATH"] = path;
    }
  });
});
