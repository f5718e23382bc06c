import { EPOLLOUT } from "@echolab/posix-sockets";
import FlatQueue from "flatqueue";
import { quantile } from "./distribution.ts";
import type { Connect, Hostile, Load, OpenWindow, WarmUp, WindowReport } from "./generator-protocol.ts";
import { DRIP, HostileClient } from "./hostile-client.ts";
import { LoadClient, type OnAnswer, WrongAnswer } from "./load-client.ts";
import { Messages } from "./messages.ts";
import type { Poller } from "./poller.ts";
import { Random } from "./random.ts";
import { Recorder } from "./recorder.ts";
import { schedule } from "./schedule.ts";
import type { World } from "./world.ts";

/** How long a window stays open for answers that are still under way, and for clients that come and go, in milliseconds. */
const CLOSING = 60;
const LEAVING = 10_000;
const CONNECTING = 10_000;
const AT_A_TIME = 100;

/**
 * One server under load. Clients that stay are connected once and kept over all windows; those that come and go are
 * new in each window, which ends when the last of them has left, so that nobody is cut off half-way.
 */
export class Target {
  readonly #world: World;
  readonly #load: Load;
  readonly #to: { host: string; port: number };
  readonly #poller: Poller;
  readonly #messages: Messages;
  readonly #recorder: Recorder;
  readonly #random: Random;
  readonly #stay: boolean;
  readonly #byFd: (LoadClient | HostileClient | undefined)[] = [];
  /** Of this window: who asks, in the order of their coming, and how many of them are still there. */
  #clients: LoadClient[] = [];
  #there = 0;
  readonly #hostile: HostileClient[] = [];
  #dripAt = Number.POSITIVE_INFINITY;
  /** Who thinks, by the time at which it will have thought enough. */
  readonly #thinking = new FlatQueue<LoadClient>();
  /** Until then whoever is answered asks again. */
  #end = 0;
  #isOpenLoop = false;
  #closedAt = 0;
  #now = 0;

  constructor({ host, port, load }: Connect, seed: number, world: World) {
    this.#world = world;
    this.#load = load;
    this.#to = { host, port };
    this.#stay = load.requests === null;
    this.#poller = world.poller();
    this.#messages = new Messages(load.bytes, seed);
    this.#recorder = new Recorder(world);
    this.#random = new Random(seed);
    try {
      this.#connectHostile();
      if (this.#stay) this.#connectAll();
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  /** @returns how many clients have been served */
  warmUp({ places, nobodyNew, milliseconds, messages }: WarmUp): number {
    const start = this.#begin(0, true); // the end is past: whoever is answered does not ask again
    let served = 0;
    for (let last = start, now = start; served < places && now - last < nobodyNew; now = this.#world.now()) {
      this.#turn(50);
      const count = this.#clients.filter((client) => client.replies > 0).length;
      if (count > served) last = now;
      served = count;
    }
    this.#closedAt = this.#world.now();
    const end = this.#closedAt + milliseconds;
    this.#begin(end, true);
    while (this.#world.now() < end && this.#recorder.replies < messages) this.#turn(1);
    this.#close();
    for (const client of this.#clients) client.forget();
    return served;
  }

  window({ milliseconds, poll, arrivals }: OpenWindow): WindowReport {
    const plan = arrivals ? schedule(arrivals, milliseconds) : new Float64Array();
    this.#isOpenLoop = arrivals !== null;
    const start = this.#begin(0, this.#load.think === 0);
    const end = start + milliseconds; // from there, and not from before: no message may be planned for after the end
    this.#end = end;
    let planned = 0;
    for (let now = start; now < end && (this.#stay || this.#there > 0); now = this.#world.now()) {
      for (; planned < plan.length && start + plan[planned]! <= now; planned += 1)
        this.#clients[planned % this.#clients.length]!.ask(start + plan[planned]!, this.#world.now());
      const sendAt = planned < plan.length ? start + plan[planned]! : end;
      const next = Math.min(end, sendAt, this.#dripAt, this.#thinking.peekValue() ?? end);
      this.#turn(poll === "busy" ? 0 : Math.max(0, Math.ceil(next - now)));
    }
    // What was planned for the time that the last turn took is late, but it is sent.
    for (; planned < plan.length; planned += 1)
      this.#clients[planned % this.#clients.length]!.ask(start + plan[planned]!, this.#world.now());
    this.#close();
    return this.#recorder.report(this.#clients, this.#stay ? end : this.#closedAt, this.#closedAt, {
      poll,
      rate: arrivals?.rate ?? null,
      stay: this.#stay,
    });
  }

  disconnect(): void {
    for (const client of this.#byFd) client?.close();
    this.#byFd.length = 0;
    this.#poller.close();
  }

  /**
   * Who waits for nothing asks, `atOnce` or after a pause; who still waits from the last window has not waited in
   * between.
   */
  #begin(end: number, atOnce: boolean): number {
    const now = this.#world.now();
    this.#end = end;
    this.#now = now;
    this.#recorder.start(now);
    if (!this.#stay) {
      this.#clients = [];
      for (let i = 0; i < this.#load.clients; i += 1) this.#come();
    }
    for (const client of this.#stay ? this.#clients : []) {
      client.startCounting();
      client.skip(now - this.#closedAt);
      if (this.#isOpenLoop) continue;
      for (let idle = this.#load.depth - client.underWay; idle > 0; idle -= 1) {
        if (atOnce) client.ask(now, now);
        else this.#think(client);
      }
    }
    this.#closedAt = now;
    return now;
  }

  /** Lets answers come in that are under way, for as long as a window closes. */
  #close(): void {
    this.#recorder.close(this.#world.now());
    for (let client = this.#thinking.pop(); client; client = this.#thinking.pop()) if (!this.#stay) client.leave();
    const latest = this.#world.now() + (this.#stay ? CLOSING : LEAVING);
    const isOver = () => (this.#stay ? this.#clients.every((client) => client.underWay === 0) : this.#there === 0);
    while (!isOver() && this.#world.now() < latest) this.#turn(1);
    this.#closedAt = this.#world.now();
    if (this.#stay) return;
    // They have left, or have been given up.
    for (const client of this.#clients) if (client.leftAt === 0) this.#leave(client);
  }

  /** One wait, and everything that is ready, or due, after it. */
  #turn(timeout: number): void {
    const before = this.#world.now();
    const ready = this.#poller.wait(timeout);
    this.#now = this.#world.now();
    if (ready === 0) this.#recorder.idle += this.#now - before;
    for (let i = 0; i < ready; i += 1) this.#ready(this.#byFd[this.#poller.fd(i)], this.#poller.events(i));
    while (this.#thinking.length > 0 && this.#thinking.peekValue()! <= this.#now)
      this.#thinking.pop()!.ask(this.#now, this.#now);
    if (this.#now < this.#dripAt) return;
    for (const client of this.#hostile) client.drip();
    this.#dripAt = this.#now + DRIP;
  }

  #ready(client: LoadClient | HostileClient | undefined, events: number): void {
    if (!(client instanceof LoadClient)) {
      client?.ready();
      return;
    }
    if (events & EPOLLOUT) {
      if (!client.connect()) client.sendRest(this.#now);
      else if (!this.#stay) client.ask(client.arrivedAt, this.#now); // its first wait begins with its connect
    }
    if ((events & ~EPOLLOUT) === 0) return;
    this.#now = this.#world.now();
    if (client.receive(this.#onAnswer)) return;
    if (this.#stay) throw new WrongAnswer("the server closed a connection that was in use");
    if (client.underWay > 0) throw new WrongAnswer("the server closed a connection before it had answered");
    this.#leave(client);
    if (this.#load.again && this.#now < this.#end) this.#come();
  }

  /** One function for all answers: to make one for each would be work that the garbage collector does in the window. */
  readonly #onAnswer: OnAnswer = (client, intendedAt, sentAt, bytes) => {
    const wait = this.#now - intendedAt;
    client.waited(wait);
    this.#recorder.reply(wait, bytes, !this.#stay || this.#now < this.#end);
    if (this.#isOpenLoop) this.#recorder.schedule(this.#now - sentAt, sentAt - intendedAt);
    else if (client.asked === this.#load.requests || (!this.#stay && this.#now >= this.#end)) {
      if (client.underWay === 0) client.leave();
    } else if (this.#now < this.#end) {
      if (this.#load.think === 0) client.ask(this.#now, this.#now);
      else this.#think(client);
    }
  };

  #think(client: LoadClient): void {
    this.#thinking.push(client, this.#now + quantile(this.#load.think, this.#random.next()));
  }

  #come(): void {
    const client = this.#connect(this.#clients.length);
    client.arrivedAt = this.#now;
    this.#clients.push(client);
    this.#there += 1;
  }

  #leave(client: LoadClient): void {
    client.leftAt = this.#now;
    this.#byFd[client.stream.fd] = undefined;
    client.close();
    this.#there -= 1;
  }

  #connect(index: number): LoadClient {
    const client = new LoadClient(index, this.#poller.connect(this.#to), this.#messages);
    this.#byFd[client.stream.fd] = client;
    return client;
  }

  #connectAll(): void {
    const { clients } = this.#load;
    // No more at a time than a backlog holds: the kernel drops who comes beyond it, and they try again a second later.
    for (let done = 0; done < clients; done += AT_A_TIME) {
      const end = Math.min(clients, done + AT_A_TIME);
      for (let i = done; i < end; i += 1) this.#clients.push(this.#connect(i));
      this.#untilConnected(end - done);
    }
  }

  /** They come before everybody else: a server with one place is theirs. */
  #connectHostile(): void {
    for (const [kind, count] of Object.entries(this.#load.hostile) as [keyof Hostile, number][]) {
      for (let i = 0; i < count; i += 1) {
        const stream = this.#poller.connect(this.#to);
        const client = new HostileClient(kind, quantile(this.#load.bytes, 0.5), stream);
        this.#byFd[stream.fd] = client;
        this.#hostile.push(client);
        if (kind === "drip") this.#dripAt = 0;
      }
    }
    this.#untilConnected(this.#hostile.length);
  }

  #untilConnected(count: number): void {
    const end = this.#world.now() + CONNECTING;
    for (let left = count; left > 0; ) {
      const ready = this.#poller.wait(100);
      if (this.#world.now() > end) throw new Error(`${left} of ${count} clients were not connected within 10 s`);
      for (let i = 0; i < ready; i += 1) {
        const client = this.#byFd[this.#poller.fd(i)];
        if (client?.connect()) left -= 1;
        else this.#ready(client, this.#poller.events(i));
      }
    }
  }
}
