import { describe, expect, test } from "vitest";
import { findModels } from "../src/discovery.ts";
import { ManifestError, parseManifest, suggest } from "../src/manifest.ts";

const right = {
  version: 1,
  title: "A title",
  summary: "A summary.",
  protocol: "tcp",
  command: ["node", "main.js"],
  ready: "line",
  clients: "many",
  overload: "queue",
  idle: "sleeps",
  isolation: "none",
};
const option = { values: ["a", "b"], default: "a", help: "which" };
const parse = (change: object) => parseManifest(JSON.stringify({ ...right, ...change }), "folder/model.json");

describe("a model.json", () => {
  test("has the schema's defaults where it says nothing", () => {
    expect(parse({})).toEqual({ ...right, options: {}, env: {}, build: null, requires: { os: [], commands: [] } });
  });

  test("keeps what it says", () => {
    const said = {
      clients: 256,
      ready: "listen",
      options: { "when-nothing": option },
      env: { GOMAXPROCS: "1" },
      build: ["make"],
      requires: { os: ["linux"], commands: ["make", "cc"] },
    };
    expect(parse(said)).toEqual({ ...right, ...said });
  });

  test.each(Object.keys(right))("needs the key %s", (key) => {
    expect(() => parse({ [key]: undefined })).toThrow(
      new ManifestError(`folder/model.json: the key "${key}" is missing`),
    );
  });

  test.each([
    [{ titel: "T" }, 'unknown key "titel" (did you mean "title"?)'],
    [{ Protocol: "tcp" }, 'unknown key "Protocol" (did you mean "protocol"?)'],
    [{ zzzzzzzz: 1 }, 'unknown key "zzzzzzzz"'],
    [{ requires: { command: ["go"] } }, 'unknown key "requires.command" (did you mean "commands"?)'],
    [{ options: { o: { ...option, defualt: "a" } } }, 'unknown key "options.o.defualt" (did you mean "default"?)'],
    [{ version: 2 }, '"version" must be 1'],
    [{ title: 5 }, '"title" must be string'],
    [{ title: "" }, '"title" must NOT have fewer than 1 characters'],
    [{ title: "x".repeat(61) }, '"title" must NOT have more than 60 characters'],
    [{ summary: "x".repeat(121) }, '"summary" must NOT have more than 120 characters'],
    [{ protocol: "sctp" }, '"protocol" must be one of tcp, udp'],
    [{ command: [] }, '"command" must NOT have fewer than 1 items'],
    [{ command: "node main.js" }, '"command" must be array'],
    [{ command: ["node", 1] }, '"command.1" must be string'],
    [{ ready: "lines" }, '"ready" must be one of line, listen'],
    [{ clients: 0 }, '"clients" must be "many" or a whole number from 1'],
    [{ clients: 1.5 }, '"clients" must be "many" or a whole number from 1'],
    [{ clients: "lots" }, '"clients" must be "many" or a whole number from 1'],
    [{ overload: "drop" }, '"overload" must be one of queue, refuse'],
    [{ idle: "spin" }, '"idle" must be one of sleeps, spins'],
    [{ isolation: "threads" }, '"isolation" must be one of none, thread, process'],
    [{ options: [] }, '"options" must be object'],
    [{ options: { WhenNothing: option } }, '"options.WhenNothing": a name is made of a-z, 0-9 and hyphens'],
    [{ options: { o: { ...option, values: ["a"] } } }, '"options.o.values" must NOT have fewer than 2 items'],
    [{ options: { o: { ...option, help: undefined } } }, 'the key "options.o.help" is missing'],
    [{ options: { o: { ...option, default: "c" } } }, 'options.o.default is "c", which is not among its values'],
    [{ env: { A: 1 } }, '"env.A" must be string'],
    [{ build: "make" }, '"build" must be null or a list of words'],
    [{ build: [] }, '"build" must be null or a list of words'],
    [{ requires: { os: ["windows"] } }, '"requires.os.0" must be one of linux, darwin'],
    [{ requires: { commands: "go" } }, '"requires.commands" must be array'],
  ])("is wrong with %j", (change, message) => {
    expect(() => parse(change)).toThrow(new ManifestError(`folder/model.json: ${message}`));
  });

  test.each(["[]", "null", '"text"', "7"])("is not %s", (text) => {
    expect(() => parseManifest(text, "model.json")).toThrow(new ManifestError("model.json: must be object"));
  });

  test("is JSON, and the error says where it is not", () => {
    expect(() => parseManifest('{ "version": 1, }', "model.json")).toThrow(/^model\.json: not JSON: .*position/);
  });

  test("is right in every model of this checkout", () => {
    expect(findModels().map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "busy-wait",
        "event-loop",
        "process-per-connection",
        "sequential",
        "thread-per-connection",
      ]),
    );
  });
});

describe("suggest", () => {
  const names = ["sequential", "busy-wait", "event-loop"];

  test.each([
    ["sequentail", "sequential"],
    ["seq", "sequential"],
    ["busywait", "busy-wait"],
    ["event-lop", "event-loop"],
  ])("finds %s near %s", (wrong, near) => {
    expect(suggest(wrong, names)).toBe(` (did you mean "${near}"?)`);
  });

  test("says nothing where nothing is near, or there is nothing", () => {
    expect(suggest("coroutines", names)).toBe("");
    expect(suggest("sequential", [])).toBe("");
  });
});
