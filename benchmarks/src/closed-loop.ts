import { EPOLLOUT, Epoll } from "@echolab/posix-sockets";
import type { ClosedLoop, Connect, WarmUp, WindowReport } from "./generator-protocol.ts";
import { LoadClient, WrongAnswer } from "./load-client.ts";
import { Messages } from "./messages.ts";
import { Recorder } from "./recorder.ts";

/** How long a window stays open for answers that are still under way, in milliseconds. */
const CLOSING = 60;
const CONNECTING = 10_000;

/** The connections to one server, kept over all its windows. */
export class Target {
  readonly #epoll = new Epoll();
  readonly #clients: LoadClient[] = [];
  readonly #byFd: LoadClient[] = [];
  readonly #recorder = new Recorder();
  #closedAt = 0;

  constructor({ clients, bytes, host, port }: Connect, seed: number) {
    const messages = new Messages(bytes, seed);
    for (let i = 0; i < clients; i += 1) {
      const client = new LoadClient(i, { host, port }, this.#epoll, messages);
      this.#clients.push(client);
      this.#byFd[client.socket.fd] = client;
    }
    try {
      this.#waitForConnections();
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  #waitForConnections(): void {
    const end = performance.now() + CONNECTING;
    for (let left = this.#clients.length; left > 0; ) {
      const ready = this.#epoll.wait(100);
      if (performance.now() > end)
        throw new Error(`${left} of ${this.#clients.length} clients were not connected within 10 s`);
      for (let i = 0; i < ready; i += 1) if (this.#byFd[this.#epoll.fd(i)]!.connect()) left -= 1;
    }
  }

  warmUp({ places, nobodyNew, milliseconds, messages }: WarmUp): number {
    const start = performance.now();
    this.#begin(start);
    let served = 0;
    for (let last = start, now = start; served < places && now - last < nobodyNew; now = performance.now()) {
      this.#turn(50, 0); // the end is past: whoever is answered does not ask again
      const count = this.#clients.filter((client) => client.replies > 0).length;
      if (count > served) last = now;
      served = count;
    }
    this.#closedAt = performance.now();
    const end = this.#closedAt + milliseconds;
    this.#begin(this.#closedAt);
    while (performance.now() < end && this.#recorder.replies < messages) this.#turn(1, end);
    this.#close(end);
    for (const client of this.#clients) client.forget();
    return served;
  }

  window({ milliseconds, poll }: ClosedLoop): WindowReport {
    const start = performance.now();
    const end = start + milliseconds;
    this.#begin(start);
    for (let now = start; now < end; now = performance.now())
      this.#turn(poll === "busy" ? 0 : Math.ceil(end - now), end);
    this.#close(end);
    return this.#recorder.report(this.#clients, end, this.#closedAt, poll);
  }

  disconnect(): void {
    for (const client of this.#clients) client.close();
    this.#epoll.close();
  }

  /** Everybody who waits for nothing asks; who still waits from the last window has not waited in between. */
  #begin(now: number): void {
    this.#recorder.start(now);
    for (const client of this.#clients) {
      client.startCounting();
      if (client.waiting) client.sentAt += now - this.#closedAt;
      else client.ask(now);
    }
    this.#closedAt = now;
  }

  /** Lets answers come in that are under way, for as long as a window closes. */
  #close(end: number): void {
    const latest = end + CLOSING;
    while (this.#clients.some((client) => client.waiting) && performance.now() < latest) this.#turn(1, end);
    this.#closedAt = performance.now();
  }

  /** One wait, and everything that is ready after it. Until `end`, whoever is answered asks again. */
  #turn(timeout: number, end: number): void {
    const before = performance.now();
    const ready = this.#epoll.wait(timeout);
    if (ready === 0) this.#recorder.idle += performance.now() - before;
    for (let i = 0; i < ready; i += 1) {
      const client = this.#byFd[this.#epoll.fd(i)]!;
      const events = this.#epoll.events(i);
      if (events & EPOLLOUT) client.writable();
      if ((events & ~EPOLLOUT) === 0) continue;
      const result = client.receive();
      if (result === "closed") throw new WrongAnswer("the server closed a connection that was in use");
      if (result === "more") continue;
      const now = performance.now();
      this.#recorder.reply(client.answered(now), now < end);
      if (now < end) client.ask(now);
    }
  }
}
