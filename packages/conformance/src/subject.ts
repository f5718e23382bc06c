import { eventually, type Model, patience, pause, ServerProcess, type StartOptions, wantsToRun } from "@echolab/model";
import { SeededBytes } from "@echolab/protocol-core";
import type { ClientOptions } from "./connecting.ts";
import { Failure, Unverifiable } from "./failure.ts";
import { SMALL_BUFFER } from "./kernel-queues.ts";
import { OwnLimitError, requireClients } from "./own-limits.ts";
import { requireRoom } from "./room.ts";
import { TestClient } from "./test-client.ts";
import { UdpClient } from "./udp-client.ts";

/** A server that somebody else has started: all that is known of it is its address, and what it is said to promise. */
export interface RemoteServer {
  readonly model: Model;
  readonly host: string;
  readonly port: number;
}

export interface Conditions {
  /** All bytes that are sent follow from it. */
  readonly seed: number;
  /** How much slower than usual this machine is: every limit of time is so many times as long. Default 1. */
  readonly slowness?: number;
}

interface ConnectOptions extends ClientOptions {
  /** Milliseconds that each step of this client may take. */
  readonly deadline?: number;
  readonly to?: { readonly host: string; readonly port: number };
}

/** What a client says that only wants to be answered: also who reads lines, or text, can do that. */
const HELLO = Buffer.from("hello\n");
/** Of so many threads or processes at the most, the end may still be under way when the next client comes. */
const MOST_LEAVING = 256;

interface UdpOptions {
  readonly to?: { readonly host: string; readonly port: number };
  readonly from?: { readonly host: string; readonly port: number };
}

/** The server under test, as a case sees it. What a case opens or starts is closed and stopped after it. */
export class Subject {
  readonly model: Model;
  readonly seed: number;
  readonly address: { readonly host: string; readonly port: number };
  /** The limit of this process or machine at which one of its clients could not connect. */
  ownLimit: OwnLimitError | undefined;
  readonly #server: ServerProcess | RemoteServer;
  readonly #slowness: number;
  readonly #clients = new Set<TestClient | UdpClient>();
  readonly #servers = new Set<ServerProcess>();
  #opened = 0;

  constructor(server: ServerProcess | RemoteServer, { seed, slowness = 1 }: Conditions) {
    this.model = server.model;
    this.seed = seed;
    this.address = server;
    this.#server = server;
    this.#slowness = slowness;
  }

  /** Whether its processes can be looked at: this suite has started it. */
  get isOurs(): boolean {
    return this.#server instanceof ServerProcess;
  }

  /** Its process. @throws Unverifiable where somebody else has started it */
  get server(): ServerProcess {
    if (this.#server instanceof ServerProcess) return this.#server;
    throw new Unverifiable("somebody else has started the server: its processes cannot be told from others");
  }

  /** Bytes that look random and are the same for the same seed. */
  bytes(length: number, stream = 0): Uint8Array {
    return new SeededBytes(this.seed + stream).next(length);
  }

  /** Milliseconds for one step while `clients` connect. */
  deadline(clients = 1): number {
    return this.within(patience(this.model.manifest, clients));
  }

  /** A limit of time in milliseconds, as it holds on this machine. */
  within(milliseconds: number): number {
    return Math.round(milliseconds * this.#slowness);
  }

  /** The most clients that may be served at the same time, up to `wanted`. */
  atMost(wanted: number): number {
    const { clients } = this.model.manifest;
    return clients === "many" ? wanted : Math.min(wanted, clients);
  }

  async connect({
    deadline = this.deadline(),
    to = this.address,
    ...options
  }: ConnectOptions = {}): Promise<TestClient> {
    this.#opened += 1;
    const client = await TestClient.open(to, deadline, { wantsToRun: () => this.#wantsToRun(), ...options }).catch(
      (error) => {
        if (error instanceof OwnLimitError) this.ownLimit ??= error;
        throw error;
      },
    );
    this.#clients.add(client);
    return client;
  }

  /** Stops the server (SIGSTOP) until `step` is done; one that somebody else has started goes on meanwhile. */
  async whileParked<T>(step: () => Promise<T>): Promise<T> {
    if (!this.isOurs) return step();
    const { server } = this;
    server.park();
    try {
      await eventually(() => server.tree().every(({ state }) => state === "T"), this.within(1000));
      return await step();
    } finally {
      server.resume();
    }
  }

  /** A server that spins always wants to: of that one, nothing can be told. */
  #wantsToRun(): boolean {
    const { idle } = this.model.manifest;
    return this.isOurs && idle === "sleeps" && wantsToRun(this.server.tree().map(({ pid }) => pid));
  }

  /** As many clients as are served at once, up to `count`, that have been served, and whose small buffers are full soon. */
  async connectUnreading(count = 1): Promise<TestClient[]> {
    return this.connectServed(this.atMost(count), this.address, { receiveBuffer: SMALL_BUFFER });
  }

  /** `count` clients, each of which has been served once: none waits in the backlog. */
  async connectServed(count: number, to = this.address, options: ClientOptions = {}): Promise<TestClient[]> {
    if (count > 1) await requireRoom(this, count);
    const deadline = this.deadline(count);
    const clients = await Promise.all(Array.from({ length: count }, () => this.connect({ deadline, to, ...options })));
    await Promise.all(clients.map((client) => client.echo(HELLO, deadline)));
    return clients;
  }

  /**
   * `count` clients who come while others are served. Whoever finds the backlog full has no connection yet, and is not
   * among them: that is a short queue, and no refusal.
   */
  async connectBehind(count: number, to = this.address): Promise<TestClient[]> {
    await requireClients(count, this.address);
    const coming = Array.from({ length: count }, () => this.connect({ to, deadline: this.within(500) }));
    const came = await Promise.allSettled(coming);
    const refused = came.find(
      (each) => each.status === "rejected" && !/^no connection within/.test(each.reason.message),
    );
    if (refused) throw (refused as PromiseRejectedResult).reason;
    return came.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  }

  /** A client of a UDP server. @param from the address that it sends from */
  async udp({ to = this.address, from }: UdpOptions = {}): Promise<UdpClient> {
    const client = await UdpClient.open(to, this.deadline(), from);
    this.#clients.add(client);
    return client;
  }

  /** Another server of the same model: for the cases that end it, or start it wrongly. */
  async start(options: StartOptions = {}): Promise<ServerProcess> {
    const { limits, under, enclosure } = this.server.options;
    const server = await ServerProcess.start(this.model, {
      ...{ under, enclosure, deadline: this.within(10_000), ...options },
      limits: { ...limits, ...options.limits },
    });
    this.#servers.add(server);
    return server;
  }

  /** Requires that the server still serves a fresh client, once it is done with those who have left. */
  async alive(): Promise<void> {
    try {
      if (this.model.manifest.protocol === "udp") return await (await this.udp()).echo(HELLO);
      const client = await this.connect();
      await client.echo(HELLO, this.deadline(Math.min(this.#opened, MOST_LEAVING)));
      await client.leave();
    } catch (error) {
      throw new Failure(`afterwards, a fresh client was not served: ${(error as Error).message}`, "answer");
    }
  }

  /** Requires that `server` serves a fresh client before the time is over; until then it may turn some away. */
  async servedAgain(server: ServerProcess, within: number): Promise<void> {
    for (const end = performance.now() + within; ; ) {
      const before = new Set(this.#clients);
      try {
        const client = await this.connect({ to: server });
        return await client.echo(this.bytes(16));
      } catch (error) {
        if (performance.now() > end) throw error;
        for (const client of this.#clients)
          if (!before.has(client) && client instanceof TestClient) this.forget(client);
        await pause(50);
      }
    }
  }

  /** A client that has ended, and is of no interest any more: for cases with very many. */
  forget(client: TestClient): void {
    client.close();
    this.#clients.delete(client);
  }

  /** Ends a server that `start` has started. */
  async stop(server: ServerProcess): Promise<void> {
    this.#servers.delete(server);
    await server.stop();
  }

  async tidy(): Promise<void> {
    const [clients, servers] = [[...this.#clients], [...this.#servers]];
    this.#clients.clear();
    // To stop one twice would signal a process group whose number may be another one's by now.
    this.#servers.clear();
    await Promise.all(clients.map((client) => client.leave()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}
