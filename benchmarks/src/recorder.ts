import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { WindowReport } from "./generator-protocol.ts";
import type { LoadClient } from "./load-client.ts";

const NANOSECONDS = 1e6; // in a millisecond

/** 1 ns to 10 minutes with three significant digits. */
export function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 600e9, numberOfSignificantValueDigits: 3 });
}

/** What one window saw, gathered without allocating. */
export class Recorder {
  readonly #latency = newHistogram();
  #cpu = process.cpuUsage();
  #start = 0;
  #inTime = 0;
  #inAll = 0;
  /** Milliseconds in which there was nothing to do. */
  idle = 0;

  start(now: number): void {
    this.#latency.reset();
    this.#cpu = process.cpuUsage();
    this.#start = now;
    this.#inTime = 0;
    this.#inAll = 0;
    this.idle = 0;
  }

  /** An answer after `wait` milliseconds; `inTime`: before the window began to close. */
  reply(wait: number, inTime: boolean): void {
    this.#latency.recordValue(Math.round(wait * NANOSECONDS));
    this.#inAll += 1;
    if (inTime) this.#inTime += 1;
  }

  get replies(): number {
    return this.#inAll;
  }

  /**
   * @param end when the window began to close
   * @param now when it had closed: CPU time is of all until then, and so are `repliesInAll`
   * @param shares what each client got of the service
   */
  report(
    clients: readonly LoadClient[],
    end: number,
    now: number,
    poll: "busy" | "blocking",
    shares = clients.map((client) => client.replies),
  ): WindowReport {
    const { user, system } = process.cpuUsage(this.#cpu);
    const generatorCpu = (user + system) / 1000;
    const waits = clients.map((client) => Math.max(client.longestWait, client.waiting ? now - client.sentAt : 0));
    return {
      elapsed: end - this.#start,
      replies: this.#inTime,
      repliesInAll: this.#inAll,
      offered: clients.length,
      served: clients.filter(({ replies }) => replies > 0).length,
      everServed: clients.filter(({ replies, repliesBefore }) => replies + repliesBefore > 0).length,
      unanswered: clients.filter((client) => client.waiting).length,
      longestWait: Math.max(0, ...waits),
      effectiveClients: effective(shares),
      latency: encodeIntoCompressedBase64(this.#latency),
      generatorCpu,
      generatorBusy: (poll === "busy" ? now - this.#start - this.idle : generatorCpu) / (now - this.#start),
    };
  }
}

/** (sum of x)^2 / sum of x^2: `counts.length` where all are equal, 1 where one has everything (Jain, Chiu and Hawe 1984). */
export function effective(counts: readonly number[]): number {
  const sum = counts.reduce((all, x) => all + x, 0);
  return sum === 0 ? 0 : sum ** 2 / counts.reduce((all, x) => all + x * x, 0);
}
