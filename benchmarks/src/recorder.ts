import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { Counted } from "./counted.ts";
import type { WindowReport } from "./generator-protocol.ts";
import type { World } from "./world.ts";

const NANOSECONDS = 1e6; // in a millisecond
/** Each client's share is kept up to so many of them. */
const MOST_SHARES = 100;

/** 1 ns to 10 minutes with three significant digits. */
export function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 600e9, numberOfSignificantValueDigits: 3 });
}

interface WindowFacts {
  readonly poll: "busy" | "blocking";
  readonly rate: number | null;
  readonly stay: boolean;
  readonly datagrams?: WindowReport["datagrams"];
}

/** What one window saw, gathered without allocating. */
export class Recorder {
  readonly #world: Pick<World, "cpu">;
  readonly #latency = newHistogram();
  readonly #service = newHistogram();
  readonly #lateness = newHistogram();
  #cpu = 0;
  #start = 0;
  #inTime = 0;
  #inAll = 0;
  #bytes = 0;
  #closing: { now: number; cpu: number; idle: number } = { now: 0, cpu: 0, idle: 0 };
  /** Milliseconds in which there was nothing to do. */
  idle = 0;

  constructor(world: Pick<World, "cpu">) {
    this.#world = world;
  }

  start(now: number): void {
    for (const histogram of [this.#latency, this.#service, this.#lateness]) histogram.reset();
    this.#cpu = this.#world.cpu();
    this.#start = now;
    this.#inTime = 0;
    this.#inAll = 0;
    this.#bytes = 0;
    this.idle = 0;
  }

  /** From here on nothing more is sent: who waits for the last answers is not busy, and not idle either. */
  close(now: number): void {
    this.#closing = { now, cpu: this.#world.cpu(), idle: this.idle };
  }

  /** An answer of `bytes` after `wait` milliseconds; `inTime`: before the window began to close. */
  reply(wait: number, bytes: number, inTime: boolean): void {
    this.#latency.recordValue(Math.round(wait * NANOSECONDS));
    this.#bytes += bytes;
    this.#inAll += 1;
    if (inTime) this.#inTime += 1;
  }

  /** Of an open loop: how long the server took, and how late the message was sent. */
  schedule(service: number, lateness: number): void {
    this.#service.recordValue(Math.round(service * NANOSECONDS));
    this.#lateness.recordValue(Math.max(0, Math.round(lateness * NANOSECONDS)));
  }

  get replies(): number {
    return this.#inAll;
  }

  /**
   * @param clients those who asked, in the order of their coming
   * @param end when the window began to close
   * @param now when it had closed: CPU time is of all until then, and so are `repliesInAll`
   */
  report(
    clients: readonly Counted[],
    end: number,
    now: number,
    { poll, rate, stay, datagrams = null }: WindowFacts,
  ): WindowReport {
    const generatorCpu = this.#world.cpu() - this.#cpu;
    const { now: closing, cpu, idle } = this.#closing;
    const busy = poll === "busy" ? closing - this.#start - idle : cpu - this.#cpu;
    let [unanswered, censoredFrom, longestWait] = [0, Number.POSITIVE_INFINITY, 0];
    for (const client of clients) {
      longestWait = Math.max(longestWait, client.longestWait);
      client.forEachUnderWay((intendedAt) => {
        const wait = now - intendedAt;
        this.#latency.recordValue(Math.max(0, Math.round(wait * NANOSECONDS)));
        unanswered += 1;
        censoredFrom = Math.min(censoredFrom, wait);
        longestWait = Math.max(longestWait, wait);
      });
    }
    // A client's share of the service: what it got; of those who come and go, its speed while it was there.
    const shares = clients.map((client) =>
      stay ? client.replies : client.replies / (client.leftAt - client.arrivedAt),
    );
    return {
      startedAt: this.#start,
      elapsed: end - this.#start,
      replies: this.#inTime,
      repliesInAll: this.#inAll,
      bytes: this.#bytes,
      stay,
      offered: clients.length,
      served: clients.filter(({ replies }) => replies > 0).length,
      everServed: clients.filter(({ replies, repliesBefore }) => replies + repliesBefore > 0).length,
      unanswered,
      censoredFrom: unanswered > 0 ? censoredFrom : null,
      longestWait,
      effectiveClients: effective(shares),
      shares: stay && clients.length <= MOST_SHARES ? shares : [],
      latency: encodeIntoCompressedBase64(this.#latency),
      service: rate === null ? null : encodeIntoCompressedBase64(this.#service),
      lateness: rate === null ? null : encodeIntoCompressedBase64(this.#lateness),
      rate,
      datagrams,
      generatorCpu,
      generatorBusy: busy / (closing - this.#start),
    };
  }
}

/** (sum of x)^2 / sum of x^2: `counts.length` where all are equal, 1 where one has everything (Jain, Chiu and Hawe 1984). */
export function effective(counts: readonly number[]): number {
  const sum = counts.reduce((all, x) => all + x, 0);
  return sum === 0 ? 0 : sum ** 2 / counts.reduce((all, x) => all + x * x, 0);
}
