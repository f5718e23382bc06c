import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { GeneratorProcess, topology } from "@echolab/benchmarks";
import { findModel, projectRoot } from "@echolab/model";
import { parseReadyLine } from "@echolab/protocol-core";
import { afterEach, describe, expect, test } from "vitest";
import { cell, talkers } from "../src/cell.ts";

const MESSAGES = 1_000_000;

let server: ChildProcess | undefined;
let generator: GeneratorProcess | undefined;
afterEach(() => {
  generator?.stop();
  server?.kill("SIGKILL");
});

/** @returns how often the garbage collector ran in a million messages, after a warm-up */
async function collections(name: string): Promise<number> {
  const { folder } = findModel(name, projectRoot());
  // V8 says a line on stdout for each collection.
  const words = ["--trace-gc", "dist/main.js", "--host", "127.0.0.1", "--port", "0"];
  server = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  server.stdout!.setEncoding("utf8").on("data", (text) => (said += text));
  while (!/listening on .*\n/.test(said)) await once(server.stdout!, "data");
  const { host, port } = parseReadyLine(said.split("\n").find((line) => line.startsWith("listening on"))!)!;

  generator = new GeneratorProcess(topology("free").generator, 1);
  const target = "t";
  await generator.ask({ op: "connect", target, protocol: "tcp", host, port, load: talkers(cell(50)) });
  await generator.ask({ op: "warm-up", target, places: 50, nobodyNew: 5000, milliseconds: 10_000, messages: 200_000 });
  const soFar = () => said.split("\n").filter((line) => /Scavenge|Mark-Compact/.test(line)).length;
  const before = soFar();
  for (let count = 0; count < MESSAGES; ) {
    const window = { op: "window", target, milliseconds: 500, poll: "blocking", arrivals: null } as const;
    count += (await generator.ask(window)).repliesInAll;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  return soFar() - before;
}

describe("a million messages", { timeout: 300_000 }, () => {
  test.each(["epoll", "io-uring"])("cost %s no garbage collection", async (name) => {
    expect(await collections(name)).toBe(0);
  });

  test("cost event-loop many", async () => {
    expect(await collections("event-loop")).toBeGreaterThan(10);
  });
});
