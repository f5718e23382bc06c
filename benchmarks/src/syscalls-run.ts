import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { contextSwitches } from "@echolab/model";
import type { Plan, Watch } from "./blocks.ts";
import { Contestant } from "./contestant.ts";
import { LoadRun } from "./load-run.ts";
import type { SyscallsResult, SyscallsRow } from "./result.ts";
import type { Window } from "./sample.ts";
import type { Lab, SyscallsScenario } from "./scenario.ts";
import { throughput } from "./scenarios/throughput.ts";
import { pinned } from "./topology.ts";
import { findTracer, type Tracer } from "./tracer.ts";

/** Windows without the tracer, for CPU and context switches. */
const WINDOWS = 5;
const program = fileURLToPath(new URL("./prices.js", import.meta.url));

/** One model after the other: nothing is compared here, and a tracer beside another server's window would disturb it. */
export async function runSyscalls(
  { scenario, shows, punishes }: SyscallsScenario,
  plan: Plan,
  lab: Lab,
  watch: Watch,
): Promise<SyscallsResult> {
  const tracer = await findTracer();
  const prices = await measurePrices(lab.topology.server);
  const rows: SyscallsRow[] = [];
  for (const [i, model] of (tracer ? plan.models : []).entries()) {
    if (plan.signal.aborted) break;
    watch.block(i, plan.models.length, null);
    const run = new LoadRun(new Contestant(model), throughput, plan.cell, plan.cell.clients, lab);
    try {
      const row = await measure(run, tracer!, prices);
      if (plan.signal.aborted) break;
      rows.push(row);
    } catch (error) {
      if (plan.signal.aborted) break;
      rows.push({ ...nothing, model: model.name, error: (error as Error).message });
    } finally {
      await run.stop();
    }
    watch.sample({ scenario, cell: plan.cell, model: model.name, sample: rows.at(-1) });
  }
  return { kind: "syscalls", scenario, shows, punishes, cell: plan.cell, tool: tracer?.tool ?? null, prices, rows };
}

const nothing = { error: null, calls: {}, voluntary: 0, involuntary: 0, cpuPerMessage: 0, explained: 0 };

async function measure(run: LoadRun, tracer: Tracer, prices: Readonly<Record<string, number>>): Promise<SyscallsRow> {
  await run.prepare();
  const { server, model } = run.contestant;
  const pids = server.tree().map(({ pid }) => pid);
  const before = contextSwitches(pids);
  const windows: Window[] = [];
  for (let i = 0; i < WINDOWS; i += 1) windows.push(await run.window());
  const after = contextSwitches(pids);
  const total = (value: (window: Window) => number) => windows.reduce((sum, window) => sum + value(window), 0);
  const messages = total(({ repliesInAll }) => repliesInAll);
  let traced = 0;
  const counts = await tracer.count(pids, async () => {
    for (let i = 0; i < WINDOWS; i += 1) traced += (await run.window()).repliesInAll;
  });
  if (messages === 0 || traced === 0) throw new Error("no message was answered");
  const calls = Object.entries(counts)
    .map(([call, count]) => [call, count / traced] as const)
    .sort(([, a], [, b]) => b - a);
  const voluntary = (after.voluntary - before.voluntary) / messages;
  return {
    model: model.name,
    error: null,
    calls: Object.fromEntries(calls),
    voluntary,
    involuntary: (after.involuntary - before.involuntary) / messages,
    cpuPerMessage: (total(({ cpu }) => cpu) / messages) * 1000,
    explained: explain(Object.fromEntries(calls), voluntary, prices),
  };
}

/** Which price a call has; those that are not here have the price of `other`. */
const SAME: Readonly<Record<string, string>> = {
  ...{ recvfrom: "recv", recvmsg: "recv", read: "recv", readv: "recv" },
  ...{ sendto: "send", sendmsg: "send", write: "send", writev: "send" },
  ...{ epoll_wait: "epoll_wait", epoll_pwait: "epoll_wait", epoll_ctl: "epoll_ctl" },
};
/** A message is received once, and accepted never: what is asked beyond that finds nothing. */
const EMPTY: Readonly<Record<string, string>> = {
  ...{ recvfrom: "recv, nothing there", read: "recv, nothing there", accept4: "accept, nobody there" },
};

/** io_uring_enter does what other calls do, as much as it is asked for: it has no price. */
const WITHOUT_PRICE = "io_uring_enter";

/** Microseconds of CPU that the calls and wake-ups of one message account for; null where one of them has no price. */
export function explain(
  calls: Readonly<Record<string, number>>,
  wakeUps: number,
  prices: Readonly<Record<string, number>>,
): number | null {
  if (calls[WITHOUT_PRICE]) return null;
  const nanoseconds = Object.entries(calls).map(([call, count]) => {
    const full = prices[SAME[call] ?? "other"] ?? 0;
    const empty = EMPTY[call];
    if (!empty) return count * full;
    const useful = call === "accept4" ? 0 : Math.min(1, count);
    return useful * full + (count - useful) * (prices[empty] ?? full);
  });
  return (nanoseconds.reduce((sum, price) => sum + price, 0) + wakeUps * (prices["wake-up"] ?? 0)) / 1000;
}

async function measurePrices(cpus: string): Promise<Record<string, number>> {
  const [command, ...words] = pinned(cpus, [process.execPath, program]);
  const { stdout } = await promisify(execFile)(command!, words, { timeout: 30_000 });
  return JSON.parse(stdout);
}
