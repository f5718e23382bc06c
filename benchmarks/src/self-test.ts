import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, guardFolder, ServerProcess } from "@echolab/model";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { cell, talkers } from "./cell.ts";
import type { OpenWindow, WindowReport } from "./generator-protocol.ts";
import { programAsModel } from "./program.ts";
import type { SelfTestCase } from "./result.ts";
import type { Lab } from "./scenario.ts";
import { schedule } from "./schedule.ts";
import { cpusOf } from "./topology.ts";

const program = fileURLToPath(new URL("./known-delay.js", import.meta.url));
const RATE = 2000; // messages a second
const WINDOW = 1000; // milliseconds
/**
 * A hypervisor that takes the processor between the answer and its arrival is not the generator's fault, and does so
 * now and then. A generator that measures wrongly does so every time.
 */
const ATTEMPTS = 8;
const DEADLINE = 5000; // milliseconds

/** It needs one load generator, and no other. */
type Bench = Omit<Lab, "another">;

const cases = [
  { name: "a delay of 0 ms", delay: 0, pause: 0 },
  { name: "a delay of 1 ms", delay: 1, pause: 0 },
  { name: "a delay of 5 ms", delay: 5, pause: 0 },
  { name: "one pause of 200 ms", delay: 0, pause: 200 },
];

/**
 * Does the generator measure what happens? Each case is an open loop against a server that writes down when it
 * answered. Every message is counted, and p50 and p99 are within 0.1 ms or 2 % of that record.
 */
export async function selfTest(lab: Bench, signal: AbortSignal): Promise<SelfTestCase[]> {
  const results: SelfTestCase[] = [];
  for (const testCase of cases) {
    let attempts = 1;
    let result = await measure(lab, testCase);
    for (; attempts < ATTEMPTS && !result.passed && !signal.aborted; attempts += 1)
      result = await measure(lab, testCase);
    results.push({ ...result, attempts });
  }
  return results;
}

async function measure(
  { generator, topology, seed }: Bench,
  { name, delay, pause: length }: (typeof cases)[number],
): Promise<Omit<SelfTestCase, "attempts">> {
  const folder = mkdtempSync(join(tmpdir(), "echolab-self-test-"));
  guardFolder(folder);
  const file = join(folder, "answered.json");
  const server = await ServerProcess.start(
    programAsModel("known-delay", "tcp", program, [String(delay), String(length), file]),
    cpusOf(topology.server),
  );
  const target = "self-test";
  const arrivals = { rate: RATE, process: "poisson", seed } as const;
  const window: OpenWindow = { op: "window", target, milliseconds: WINDOW, poll: topology.poll, arrivals };
  try {
    const { host, port } = server;
    await generator.ask({ op: "connect", target, protocol: "tcp", host, port, load: talkers(cell(1)) });
    // The pause comes half a second after the first message: the first window warms up, or is the one with the pause.
    const first = await generator.ask(window);
    const report = length > 0 ? first : await generator.ask(window);
    const before = length > 0 ? 0 : first.unanswered; // they come, and are counted, in the second window
    await generator.ask({ op: "disconnect", target });
    const plan = schedule(arrivals, WINDOW);
    const record = (await recorded(file)).slice(length > 0 ? 0 : plan.length);
    return compare(name, { ...report, repliesInAll: report.repliesInAll - before }, plan, record);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

function compare(
  name: string,
  report: WindowReport,
  plan: Float64Array,
  answeredAt: readonly number[],
): Omit<SelfTestCase, "attempts"> {
  const truth = answeredAt.map((time, i) => time - (report.startedAt + plan[i]!)).sort((a, b) => a - b);
  const histogram = decodeFromCompressedBase64(report.latency);
  const at = (p: number) => ({
    measured: histogram.getValueAtPercentile(p * 100) / 1e6,
    recorded: truth[Math.max(0, Math.ceil(p * truth.length) - 1)] ?? Number.NaN,
  });
  const [p50, p99] = [at(0.5), at(0.99)];
  const agrees = ({ measured, recorded }: typeof p50) =>
    Math.abs(measured - recorded) <= Math.max(0.1, 0.02 * recorded);
  const [sent, counted] = [answeredAt.length, report.repliesInAll];
  return {
    name,
    passed: sent === plan.length && counted === sent && agrees(p50) && agrees(p99),
    sent,
    counted,
    unanswered: report.unanswered,
    p50,
    p99,
  };
}

async function recorded(file: string): Promise<number[]> {
  if (!(await eventually(() => existsSync(file), DEADLINE)))
    throw new Error("the server of the self-test wrote no record");
  return JSON.parse(readFileSync(file, "utf8"));
}
