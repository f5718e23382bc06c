import { DatagramClient, LOST_AFTER, NUMBER_BYTES, type OnDatagram } from "./datagram-client.ts";
import type { DatagramSockets } from "./datagram-sockets.ts";
import { quantile } from "./distribution.ts";
import type { Connect, Load, OpenWindow, WarmUp, WindowReport } from "./generator-protocol.ts";
import { Messages } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import type { World } from "./world.ts";

/** Answers that one client reads before others have their turn. */
const AT_A_TIME = 64;
/** So often is looked for what is lost, in milliseconds. */
const LOOKING = 5;

/**
 * One UDP server under load. Its clients stay; each has a socket of its own, and now and then a new one. In a closed
 * loop whoever is answered asks again, and so does whoever has given up: a lost datagram comes no more.
 */
export class DatagramTarget {
  readonly #world: World;
  readonly #load: Load;
  readonly #sockets: DatagramSockets;
  readonly #recorder: Recorder;
  readonly #clients: DatagramClient[] = [];
  readonly #byFd: DatagramClient[] = [];
  #end = 0;
  #now = 0;
  #lookAt = 0;

  constructor({ host, port, load }: Connect, seed: number, world: World) {
    if (quantile(load.bytes, 0.001) < NUMBER_BYTES)
      throw new Error(`a datagram needs ${NUMBER_BYTES} bytes for its number`);
    this.#sockets = world.datagramSockets();
    this.#world = world;
    this.#load = load;
    this.#recorder = new Recorder(world);
    const messages = new Messages(load.bytes, seed);
    try {
      for (let index = 0; index < load.clients; index += 1) {
        const client = new DatagramClient(index, { host, port }, messages, this.#sockets);
        this.#clients.push(client);
        this.#byFd[client.fd] = client;
      }
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  /** @returns how many clients have been served */
  warmUp({ places, nobodyNew, milliseconds, messages }: WarmUp): number {
    this.#begin(0);
    let served = 0;
    for (let last = this.#now; served < places && this.#now - last < nobodyNew; ) {
      // Its first datagram may be lost, as any other.
      for (const client of this.#clients) if (client.replies === 0 && client.underWay === 0) client.ask(this.#now);
      this.#turn(50);
      const count = this.#clients.filter(({ replies }) => replies > 0).length;
      if (count > served) last = this.#now;
      served = count;
    }
    this.#begin(this.#world.now() + milliseconds);
    while (this.#now < this.#end && this.#recorder.replies < messages) this.#turn(1);
    this.#end = 0; // whoever is answered from here on does not ask again
    this.#close();
    for (const client of this.#clients) client.forget();
    return served;
  }

  /** A closed loop, whatever the window asks for. */
  window({ milliseconds, poll }: OpenWindow): WindowReport {
    const end = this.#world.now() + milliseconds;
    this.#begin(end);
    while (this.#now < end) this.#turn(poll === "busy" ? 0 : Math.ceil(Math.min(end - this.#now, LOST_AFTER)));
    this.#close();
    const sum = (count: (client: DatagramClient) => number) =>
      this.#clients.reduce((all, client) => all + count(client), 0);
    return this.#recorder.report(this.#clients, end, this.#now, {
      ...{ poll, rate: null, stay: true },
      datagrams: {
        lost: sum(({ lost }) => lost),
        duplicates: sum(({ duplicates }) => duplicates),
        reordered: sum(({ reordered }) => reordered),
      },
    });
  }

  disconnect(): void {
    for (const client of this.#clients) client.close();
    this.#sockets.close();
  }

  #begin(end: number): void {
    this.#now = this.#world.now();
    this.#end = end;
    this.#recorder.start(this.#now);
    for (const client of this.#clients) {
      client.startCounting();
      this.#askAgain(client);
    }
  }

  /** Until everything is answered, or given up. */
  #close(): void {
    this.#recorder.close(this.#world.now());
    while (this.#clients.some(({ underWay }) => underWay > 0)) this.#turn(1);
  }

  #turn(timeout: number): void {
    const before = this.#world.now();
    const ready = this.#sockets.wait(timeout);
    this.#now = this.#world.now();
    if (ready === 0) this.#recorder.idle += this.#now - before;
    for (let i = 0; i < ready; i += 1) {
      const client = this.#byFd[this.#sockets.fd(i)]!;
      for (let count = 0; count < AT_A_TIME && client.receive(this.#onDatagram); count += 1);
    }
    if (this.#now < this.#lookAt) return;
    this.#lookAt = this.#now + LOOKING;
    for (const client of this.#clients) {
      client.giveUp(this.#now - LOST_AFTER);
      this.#askAgain(client);
    }
  }

  readonly #onDatagram: OnDatagram = (client, sentAt, bytes) => {
    const now = this.#world.now();
    const wait = now - sentAt;
    client.waited(wait);
    this.#recorder.reply(wait, bytes, now < this.#end);
    this.#askAgain(client);
  };

  /** As many as it may have under way; before it goes to another port, all that it has asked is answered or given up. */
  #askAgain(client: DatagramClient): void {
    if (client.isDone && client.underWay === 0) {
      client.moveOn();
      this.#byFd[client.fd] = client;
    }
    while (client.underWay < this.#load.depth && !client.isDone) {
      const now = this.#world.now();
      if (now >= this.#end) return;
      client.ask(now);
    }
  }
}
