import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { fractions } from "./random.ts";

/** What is done to the datagrams of one direction. The first three are shares, 0 to 1, with netem's names (tc-netem(8)). */
export interface DatagramToxics {
  /** Never arrives. */
  readonly loss?: number;
  /** Arrives twice. */
  readonly duplicate?: number;
  /** Arrives after the one that was sent after it, or after 10 ms where none comes. */
  readonly reorder?: number;
  /** Milliseconds that each is under way. */
  readonly latency?: number;
  /** Milliseconds that this may be more or less, each by itself: so they overtake one another. */
  readonly jitter?: number;
}

export interface UdpRelayOptions {
  /** Done to what clients send. */
  readonly up?: DatagramToxics;
  /** Done to what the server answers. */
  readonly down?: DatagramToxics;
  /** What becomes of the n-th datagram of the k-th client follows from it. Default 1. */
  readonly seed?: number;
}

/** So many clients at the same time; who comes beyond them takes the oldest one's place. */
const MOST_CLIENTS = 1024;
/** How long one waits for the next, to let it pass, in milliseconds. */
const HELD_BACK = 10;

type Pass = (datagram: Buffer) => void;

/** A relay for datagrams, on loopback, that loses, duplicates, and reorders them. */
export class UdpRelay {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #socket: Socket;
  readonly #to: { host: string; port: number };
  readonly #options: UdpRelayOptions;
  /** By address, in the order of their coming. */
  readonly #clients = new Map<string, { upstream: Socket; up: Pass }>();
  #came = 0;

  private constructor(socket: Socket, to: { host: string; port: number }, options: UdpRelayOptions) {
    this.#socket = socket;
    this.#to = to;
    this.#options = options;
    this.port = socket.address().port;
    socket.on("message", (datagram, from) => this.#of(from).up(datagram));
  }

  static listen(to: { host: string; port: number }, options: UdpRelayOptions): Promise<UdpRelay> {
    const socket = createSocket("udp4");
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", () => {
        socket.off("error", reject).on("error", () => {}); // nobody is there any more: what is sent there is lost
        resolve(new UdpRelay(socket, to, options));
      });
    });
  }

  close(): void {
    this.#socket.close();
    for (const { upstream } of this.#clients.values()) upstream.close();
    this.#clients.clear();
  }

  /** Each client has a socket of its own towards the server, so that the server can tell them apart. */
  #of({ address, port }: RemoteInfo): { up: Pass } {
    const key = `${address}:${port}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const oldest = this.#clients.entries().next().value;
    if (oldest && this.#clients.size === MOST_CLIENTS) {
      oldest[1].upstream.close();
      this.#clients.delete(oldest[0]);
    }
    const upstream = createSocket("udp4").on("error", () => {});
    const { up = {}, down = {}, seed = 1 } = this.#options;
    const number = this.#came++;
    const send = (socket: Socket, host: string, port: number) => (datagram: Buffer) => {
      if (this.#clients.get(key)?.upstream === upstream) socket.send(datagram, port, host);
    };
    const client = {
      upstream,
      up: lane(up, fractions(seed + 2 * number), send(upstream, this.#to.host, this.#to.port)),
    };
    upstream.on("message", lane(down, fractions(seed + 2 * number + 1), send(this.#socket, address, port)));
    this.#clients.set(key, client);
    return client;
  }
}

/** One direction of one client. Each datagram takes as many random numbers as any other, whatever becomes of it. */
function lane(toxics: DatagramToxics, random: () => number, send: Pass): Pass {
  const { loss = 0, duplicate = 0, reorder = 0, latency = 0, jitter = 0 } = toxics;
  let letGo: (() => void) | undefined;
  return (datagram) => {
    const [lost, duplicated, late, one, two] = [random(), random(), random(), random(), random()] as const;
    if (lost < loss) return;
    const leave = () => {
      deliver(one);
      if (duplicated < duplicate) deliver(two);
    };
    const deliver = (fraction: number) => {
      const delay = latency + (fraction * 2 - 1) * jitter;
      if (delay > 0) setTimeout(send, delay, datagram);
      else send(datagram);
    };
    const waiting = letGo;
    if (!waiting && late < reorder) {
      const timer = setTimeout(() => letGo?.(), HELD_BACK);
      letGo = () => {
        clearTimeout(timer);
        letGo = undefined;
        leave();
      };
      return;
    }
    leave();
    waiting?.();
  };
}
