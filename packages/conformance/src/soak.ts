import { openDescriptors, pause, proportionalMemory } from "@echolab/model";
import { SeededBytes } from "@echolab/protocol-core";
import { Relay } from "@echolab/relay";
import { ending } from "./ending.ts";
import { Failure } from "./failure.ts";
import { KiB, MiB } from "./sizes.ts";
import type { Subject } from "./subject.ts";

/** What is seen of the server, once a second. */
export interface SoakSample {
  /** Seconds from the beginning. */
  readonly at: number;
  /** Open descriptors of all its processes. */
  readonly descriptors: number;
  /** Bytes of memory (proportional set size) of all its processes. */
  readonly memory: number;
  /** Milliseconds that an echo of 64 B took, the median within this second; null: there was none. */
  readonly latency: number | null;
}

/** The first third against the last one, in medians. */
export interface Drift {
  readonly what: "descriptors" | "memory" | "latency";
  /** Null where nothing was seen in that third: then it is unknown whether it grows. */
  readonly first: number | null;
  readonly last: number | null;
  readonly grows: boolean;
}

export interface Soak {
  readonly samples: readonly SoakSample[];
  readonly drifts: readonly Drift[];
  /** Clients that have come and gone. */
  readonly clients: number;
  readonly bytes: number;
}

/** A tenth more is growth, and so much at the least: a server that is warm keeps a little more than a cold one. */
const GROWTH = 1.1;
const SLACK = { descriptors: 16, memory: 16 * MiB, latency: 5 };
const WORKERS = 8;
const SECOND = 1000;

/**
 * Mixed load for so many milliseconds: small and large echoes, half-closes, resets in mid-echo, clients who leave
 * without reading, and a bad network; every byte is compared. @throws Failure as soon as an echo is wrong
 */
export async function soak(
  subject: Subject,
  milliseconds: number,
  { signal, onSample }: { signal?: AbortSignal; onSample?: (sample: SoakSample) => void } = {},
): Promise<Soak> {
  const { server } = subject;
  const bad = { latency: 5, jitter: 5, slicer: { bytes: 16 * KiB, delay: 1 } };
  const relay = await Relay.listen(subject.address, { up: bad, down: bad });
  const end = performance.now() + milliseconds;
  const isOver = () => performance.now() > end || failure !== undefined || signal?.aborted === true;
  const samples: SoakSample[] = [];
  const random = new SeededBytes(subject.seed);
  const below = (n: number) => Buffer.from(random.next(4)).readUInt32BE() % n;
  let latencies: number[] = [];
  let failure: Error | undefined;
  let [clients, bytes] = [0, 0];

  const visit = async (): Promise<void> => {
    const kind = below(6);
    const client = await subject.connect({ deadline: subject.deadline(WORKERS), ...(kind === 5 && { to: relay }) });
    clients += 1;
    const seed = below(2 ** 31);
    if (kind <= 1) {
      for (let i = 0; i < 20 && !isOver(); i += 1) {
        const before = performance.now();
        await client.echo(subject.bytes(64, seed + i), subject.deadline(WORKERS));
        if (i > 0) latencies.push(performance.now() - before); // the first one may wait for a thread or a process
        bytes += 64;
      }
      client.close();
    } else if (kind === 2 || kind === 5) {
      const length = kind === 5 ? 64 * KiB : MiB;
      await client.stream({ seed, length, fin: true });
      await client.expectFin();
      bytes += length;
      client.close();
    } else {
      client.send(subject.bytes(100 * KiB, seed));
      if (kind === 3) await client.receive(1, subject.deadline(WORKERS));
      client[kind === 3 ? "reset" : "close"]();
    }
    subject.forget(client);
  };
  const work = async () => {
    while (!isOver())
      await visit().catch((error: Error) => {
        failure ??= error;
      });
  };
  const watch = async () => {
    const from = performance.now();
    while (!isOver()) {
      await pause(Math.min(SECOND, Math.max(0, end - performance.now())));
      const pids = server.tree().map(({ pid }) => pid);
      const sample = {
        at: (performance.now() - from) / SECOND,
        descriptors: pids.reduce((sum, pid) => sum + openDescriptors(pid), 0),
        memory: proportionalMemory(pids),
        latency: median(latencies) ?? null,
      };
      latencies = [];
      samples.push(sample);
      onSample?.(sample);
    }
  };
  try {
    await Promise.all([watch(), ...Array.from({ length: subject.atMost(WORKERS) }, work)]);
  } finally {
    relay.close();
  }
  if (failure && !signal?.aborted) {
    await pause(100); // a broken connection is seen before the end of the process that broke it
    const ended = await ending(server);
    throw ended ? new Failure(ended, "end") : failure;
  }
  return { samples, drifts: drifts(samples), clients, bytes };
}

/** What of a server has grown from the first third of the samples to the last. */
export function drifts(samples: readonly SoakSample[]): Drift[] {
  const third = Math.floor(samples.length / 3);
  const [start, end] = [samples.slice(0, third), samples.slice(samples.length - third)];
  return (["descriptors", "memory", "latency"] as const).map((what) => {
    const [first, last] = [start, end].map((part) => median(part.flatMap((sample) => sample[what] ?? [])));
    if (first === undefined || last === undefined)
      return { what, first: first ?? null, last: last ?? null, grows: false };
    return { what, first, last, grows: last > first * GROWTH && last > first + SLACK[what] };
  });
}

/** Undefined without any value. */
function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
