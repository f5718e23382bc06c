import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type {
  IdleResult,
  LoadResult,
  LoadRow,
  LoadSummary,
  Measure,
  Percentile,
  Result,
  SyscallsResult,
} from "../src/result.ts";
import type { Cell, Window } from "../src/sample.ts";
import { effect, estimate, holm, judge, median, resolution } from "../src/statistics.ts";

/** What a made-up model is like: everything in a made-up run follows from this. */
interface Traits {
  readonly name: string;
  readonly title: string;
  /** Microseconds of CPU for one message, and what each connected client adds to it. */
  readonly cpu: number;
  readonly perClient: number;
  /** Microseconds until one client alone is answered. */
  readonly latency: number;
  /** Milliseconds of CPU for a client that comes and goes. */
  readonly newcomer: number;
  /** Bytes. */
  readonly memory: number;
  readonly memoryPerClient: number;
  readonly spins?: boolean;
  readonly starves?: boolean;
}

const MIB = 2 ** 20;

const traits: readonly Traits[] = [
  model("sequential", "Sequential, blocking", 10.4, 0, 14, 0.044, 39 * MIB, 0, { starves: true }),
  model("busy-wait:when-nothing=back-off", "Non-blocking, with pauses", 9.1, 0.13, 60, 0.07, 40 * MIB, 950),
  model("process-per-connection", "A process for each client", 27.8, 0.05, 33, 39, 43 * MIB, 10.8 * MIB),
  model("event-loop@v1.0", "Node's own event loop, as it was", 11.2, 0.001, 25, 0.07, 38 * MIB, 5300),
  model("event-loop", "Node's own event loop", 10.5, 0.001, 24, 0.068, 38 * MIB, 5200),
  model("busy-wait", "Non-blocking, asked in a loop", 8.3, 0.11, 9, 0.059, 40 * MIB, 900, { spins: true }),
  model("thread-per-connection", "A thread for each client", 14.5, 0.02, 21, 56, 41 * MIB, 8.1 * MIB),
  model("epoll", "Readiness, edge by edge", 7.1, 0.0005, 17, 0.052, 41 * MIB, 700),
  model("poll", "Readiness, asked anew each time", 7.4, 0.03, 17.5, 0.053, 41 * MIB, 760),
  model("select", "Readiness, up to 1,024 descriptors", 7.6, 0.035, 18, 0.053, 41 * MIB, 740),
  model("io-uring", "Completion", 6.2, 0.0004, 15, 0.048, 42 * MIB, 1900),
  model("coroutines", "Sequential to read, readiness beneath", 8.4, 0.0006, 18, 0.055, 41 * MIB, 2800),
  model("thread-pool", "Threads blocked in one accept", 13.6, 0.01, 20, 0.09, 75 * MIB, 500, { starves: true }),
  model("process-pool", "Processes blocked in one accept", 15.1, 0.01, 22, 0.085, 95 * MIB, 600, { starves: true }),
  model("cluster", "An event loop on each core", 12.9, 0.002, 27, 0.11, 88 * MIB, 5600),
];

function model(
  name: string,
  title: string,
  cpu: number,
  perClient: number,
  latency: number,
  newcomer: number,
  memory: number,
  memoryPerClient: number,
  more: { spins?: boolean; starves?: boolean } = {},
): Traits {
  return { name, title, cpu, perClient, latency, newcomer, memory, memoryPerClient, ...more };
}

const REFERENCE = "event-loop";
/** What goes wrong goes wrong with it. */
const BROKEN = "process-per-connection";
const BLOCKS = 10;

/**
 * A run that never was, the same each time.
 * @param count of models, up to 15
 * @param copies of the tables of `throughput`, each with other numbers of clients
 */
export function madeUp(count = 7, copies = 1): Result {
  const models = traits.slice(0, count);
  const extra = Array.from({ length: copies - 1 }, (_, i) => 51 + i);
  return {
    ...{ version: 2, id: "20260102T030405Z-42", command: "pnpm bench --full", seed: 42, partial: false },
    ...{ startedAt: "2026-01-02T03:04:05.000Z", finishedAt: "2026-01-02T03:11:50.000Z", reference: REFERENCE },
    machine: {
      ...{
        processor: "Example Processor 9000 @ 2.60GHz",
        processors: 2,
        memory: 8 * 2 ** 30,
        kernel: "6.1.0-18-amd64",
      },
      ...{ node: "v20.20.2", congestionControl: "reno", ownNetwork: true },
      ...{ tcpReceiveBuffer: [4096, 131072, 6291456], tcpSendBuffer: [4096, 16384, 4194304] },
    },
    models: models.map(({ name, title }) => ({ name, title })),
    skipped: [{ model: "c-io-uring", why: "liburing.h is not here: apt-get install liburing-dev" }],
    failed: [{ model: "my-server", why: "large messages: byte 65 536 of 262 144 came back as 0x00, not 0x41" }],
    selfTest: ["no delay", "1 ms", "5 ms", "one pause of 200 ms"].map((name, i) => ({
      ...{ name, passed: i !== 3, attempts: i === 3 ? 8 : 1, sent: 2000, counted: 2000, unanswered: 0 },
      ...{ p50: { measured: i + 0.021, recorded: i + 0.02 }, p99: { measured: i + 0.4, recorded: i + 0.38 } },
    })),
    findings: [
      "sequential serves 1 of 50 clients at 36 300 messages/s and leaves the others without any answer: it is not ranked.",
      "A client that comes for one message costs thread-per-connection 56 ms of CPU, 824 times what it costs event-loop (68 µs).",
      "busy-wait uses 100 % of a core while nobody says a word.",
    ],
    scenarios: [
      idle(models),
      load(models, "round-trip", cell({ clients: 1 }), rate),
      ...[50, ...extra].map((clients) => load(models, "throughput", cell({ clients }), rate)),
      load(models, "churn", cell({ clients: 4 }), { name: "clients/s", unit: "1/s", better: "more" }),
      load(models, "crowd", cell({ clients: 20 }), { name: "all served in", unit: "ms", better: "less" }),
      ...[10, 100, 1000].map((clients) =>
        load(models, "scaling", cell({ clients }), { name: "CPU/message", unit: "µs", better: "less" }),
      ),
      ...[{ share: 0.5 }, { share: 0.8 }, { perSecond: 10_000 }].map((rate) =>
        load(models, "open-loop", cell({ clients: 20, rate }), { name: "p99", unit: "ms", better: "less" }),
      ),
      load(models, "slow-client", cell({ clients: 10 }), rate),
      ...[64, 256, 1024, 4096, 16384, 65536, 262144].map((bytes) =>
        load(models, "size", cell({ clients: 10, bytes }), rate),
      ),
      syscalls(models),
    ],
  };
}

const rate: Measure = { name: "messages/s", unit: "1/s", better: "more" };

const cell = (more: Partial<Cell>): Cell => ({
  ...{ clients: 10, bytes: 64, depth: 1, rate: null, topology: "split", ...more },
});

const about = (scenario: string) => ({
  scenario,
  shows: `what ${scenario} does to a server, and what a server does about it`,
  punishes: "whoever makes one client wait for another",
});

function idle(models: readonly Traits[]): IdleResult {
  const rows = models.map((each, i) => {
    const memory = [0, 5, 10].map((clients) => ({ clients, bytes: each.memory + clients * each.memoryPerClient }));
    const cpuShare = each.spins ? 0.998 : 0.001 * i;
    const sample = { startTime: 87 + i, cpuShare, memory, memoryPerClient: each.memoryPerClient };
    return { model: each.name, error: null, samples: [sample, sample] };
  });
  const error = "the server ended while it was looked at";
  const seen = rows.map((row) => (row.model === BROKEN ? { ...row, error, samples: [] } : row));
  return { ...about("idle"), kind: "idle", cell: cell({ clients: 0 }), rows: seen };
}

function syscalls(models: readonly Traits[]): SyscallsResult {
  const rows = models.map((each, i) => {
    const wait: Record<string, number> = each.spins ? { accept4: 1.4 } : { epoll_wait: 0.9, epoll_ctl: 0.02 * i };
    const calls = { recvfrom: each.spins ? 5.2 : 1.01, sendto: 1, ...wait, futex: i % 3 === 0 ? 0.4 : 0, read: 0.01 };
    const error = each.name === BROKEN ? "strace could not attach" : null;
    return {
      ...{ model: each.name, error, calls: error === null ? calls : {}, voluntary: 0.4, involuntary: 0.01 },
      ...{ cpuPerMessage: each.cpu, explained: each.cpu * (0.5 + 0.06 * (i % 8)) },
    };
  });
  const prices = { recvfrom: 610, sendto: 2900, epoll_wait: 480, futex: 350, "wake-up": 1900 };
  return { ...about("syscalls"), kind: "syscalls", cell: cell({ clients: 50 }), tool: "strace", prices, rows };
}

/** A load table with a control, whose rows are compared by the real statistics. */
function load(models: readonly Traits[], scenario: string, cell: Cell, measure: Measure): LoadResult {
  const reference = models.find(({ name }) => name === REFERENCE);
  const control = reference && scenario !== "crowd" ? [reference] : [];
  const contestants = [
    ...models.map((each) => ({ each, role: "row" as const })),
    ...control.flatMap((each) => [
      { each, role: "A'" as const },
      { each, role: "A''" as const },
    ]),
  ];
  const valid = scenario !== "slow-client";
  const measured = contestants.map(({ each, role }, i) => {
    const windows = Array.from({ length: scenario === "crowd" ? 3 : BLOCKS }, (_, block) =>
      window(each, scenario, cell, noise(i * 131 + block * 7 + cell.clients + cell.bytes), block),
    );
    return { each, role, windows, values: windows.map((each) => valueIn(measure, each)) };
  });
  const base = measured.find(({ each, role }) => each === reference && role === "row");
  const speeds = (values: readonly number[]) => (measure.better === "more" ? values : values.map((value) => 1 / value));
  const effects = measured.map((each) =>
    base && each !== base && isRanked(each.windows) && isRanked(base.windows)
      ? effect(speeds(each.values), speeds(base.values))
      : null,
  );
  const adjusted = holm(effects.map((each) => each?.p ?? 1));
  const third = measured.findIndex(({ role }) => role === "A'");
  const resolved = third < 0 ? null : resolution(effects[third]!);
  const rows = measured.map(({ each, role, windows, values }, i): LoadRow => {
    const common = { model: each.name, role, comparedWith: windows === base?.windows ? null : REFERENCE };
    const clients = Math.min(cell.clients, each.memoryPerClient > MIB ? 256 : Number.MAX_SAFE_INTEGER);
    if (scenario === "slow-client" && each.name === BROKEN) {
      return { ...common, error: "connect ECONNRESET", clients, memory: [], windows: [], summary: null };
    }
    const verdict =
      resolved === null || effects[i] === null || !valid ? null : judge(effects[i]!, adjusted[i]!, resolved);
    const summary = {
      ...summaryOf(each, scenario, cell, windows),
      value: estimate(values),
      effect: effects[i]!,
      verdict,
    };
    return { ...common, error: null, clients, memory: [], windows, summary };
  });
  return { ...about(scenario), kind: "load", cell, measure, resolution: resolved, valid, repeated: 1, rows };
}

const isRanked = (windows: readonly Window[]) => windows.at(-1)!.everServed === windows.at(-1)!.offered;

function valueIn({ name }: Measure, { elapsed, replies, cpu, longestWait }: Window): number {
  if (name === "all served in") return elapsed;
  if (name === "CPU/message") return (cpu / replies) * 1000;
  return name === "p99" ? longestWait / 3 : (replies / elapsed) * 1000;
}

function window(each: Traits, scenario: string, cell: Cell, noise: number, block: number): Window {
  const starved = each.starves === true && ["throughput", "scaling"].includes(scenario) && cell.clients > 4;
  const served = starved ? Math.min(4, each.name === "sequential" ? 1 : 4) : cell.clients;
  const cost =
    scenario === "churn" ? each.newcomer * 1000 : each.cpu + each.perClient * cell.clients + cell.bytes / 4000;
  const offered =
    cell.rate === null ? null : "share" in cell.rate ? (cell.rate.share * 1e6) / cost : cell.rate.perSecond;
  const elapsed = scenario === "crowd" ? 110 * (each.starves ? 18 : 1) * noise : 200;
  const most = scenario === "crowd" ? 200 : Math.max(2, ((elapsed * 1000) / cost) * noise);
  const replies = Math.round(offered === null ? most : Math.min(most, (offered * elapsed) / 1000));
  const center = ((each.latency * (cell.clients === 1 ? 1 : cell.clients / 4)) / 1000) * noise;
  const shares = Array.from({ length: cell.clients > 100 ? 0 : cell.clients }, (_, client) =>
    client < served ? Math.round((replies / served) * (each.spins ? 1 : 0.7 + 0.6 * ((client * 37) % 10) * 0.1)) : 0,
  );
  return {
    ...{ elapsed, replies, repliesInAll: replies, bytes: replies * cell.bytes, offered: cell.clients, served },
    ...{ everServed: served, unanswered: cell.clients - served, censoredFrom: served < cell.clients ? elapsed : null },
    ...{
      longestWait: served < cell.clients || (scenario === "crowd" && each.starves) ? elapsed * 0.95 : center * 9,
      effectiveClients: served * 0.97,
      shares,
    },
    ...{
      latency: latencies(center, Math.min(replies, 8000)),
      service: null,
      lateness: null,
      rate: offered,
      datagrams: null,
    },
    ...{
      startedAt: 1000 * block,
      stay: !["churn", "crowd"].includes(scenario),
      generatorCpu: 190,
      generatorBusy: each.name === "busy-wait" ? 0.98 : 0.6,
    },
    ...{ cpu: ((replies * cost) / 1000) * noise, foreign: block === 4 ? 0.31 : 0.02, steal: 0 },
  };
}

function summaryOf(each: Traits, scenario: string, cell: Cell, windows: readonly Window[]) {
  const last = windows.at(-1)!;
  const ranked = isRanked(windows);
  const center = (each.latency * (cell.clients === 1 ? 1 : cell.clients / 4)) / 1000;
  const open = cell.rate !== null;
  const at = (factor: number): Percentile | null =>
    ranked ? { milliseconds: center * factor, atLeast: open && factor > 3 && each.cpu > 20 } : null;
  const replies = windows.reduce((sum, window) => sum + window.repliesInAll, 0);
  const cpuPerReply = (windows.reduce((sum, window) => sum + window.cpu, 0) / replies) * 1000;
  const summary: Omit<LoadSummary, "value" | "effect" | "verdict"> = {
    ...{ ranked, served: last.everServed, offered: last.offered, effectiveClients: last.effectiveClients },
    ...{ cpuPerReply, cpuAboveSequential: scenario === "churn" ? cpuPerReply - 44 : null, generatorCpuPerReply: 5 },
    ...{ rate: median(windows.map(({ replies, elapsed }) => (replies / elapsed) * 1000)), offeredRate: last.rate },
    ...{ longestWait: last.longestWait, p50: at(1), p90: at(1.6), p99: at(3), p999: at(7) },
    ...{ serviceP99: open ? center * 2 : null, latenessP99: open ? 0.011 : null },
    memoryPerClient: scenario === "scaling" ? each.memoryPerClient : null,
    ...{ datagrams: null, ceiling: 210_000 },
    limit: !ranked ? "starvation" : open ? "schedule" : each.name === "busy-wait" ? "generator" : "server",
  };
  return summary;
}

const known = new Map<string, string>();

/** A histogram of `count` latencies, lognormal around `center` milliseconds; few of them differ, to be quick. */
function latencies(center: number, count: number): string {
  const key = `${center.toPrecision(2)} ${count.toPrecision(1)}`;
  const found = known.get(key);
  if (found) return found;
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600e9,
    numberOfSignificantValueDigits: 3,
  });
  for (let i = 0; i < count; i += 1) {
    const p = (i + 0.5) / count;
    histogram.recordValue(Math.round(center * 1e6 * Math.exp(0.35 * Math.log(p / (1 - p)))));
  }
  const encoded = encodeIntoCompressedBase64(histogram);
  known.set(key, encoded);
  return encoded;
}

/** 0.94 to 1.06. */
function noise(seed: number): number {
  const mixed = Math.sin(seed * 12.9898) * 43758.5453;
  return 0.94 + 0.12 * (mixed - Math.floor(mixed));
}
