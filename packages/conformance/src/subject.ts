import { type Model, ServerProcess, type StartOptions } from "@echolab/model";
import { SeededBytes } from "@echolab/protocol-core";
import { Failure } from "./case.ts";
import { TestClient } from "./test-client.ts";

// What one connect costs a model that starts a thread (37 ms) or a process (62 ms) for it: measured, in milliseconds.
const CONNECT_COST = { none: 0, thread: 37, process: 62 };

/** The server under test, as a case sees it. What a case opens or starts is closed and stopped after it. */
export class Subject {
  readonly model: Model;
  readonly seed: number;
  readonly #server: ServerProcess;
  readonly #clients = new Set<TestClient>();
  readonly #servers = new Set<ServerProcess>();

  constructor(server: ServerProcess, seed: number) {
    this.model = server.model;
    this.seed = seed;
    this.#server = server;
  }

  get server(): ServerProcess {
    return this.#server;
  }

  /** Bytes that look random and are the same for the same seed. */
  bytes(length: number, stream = 0): Uint8Array {
    return new SeededBytes(this.seed + stream).next(length);
  }

  /** Milliseconds for one step while `clients` connect. */
  deadline(clients = 1): number {
    return 2000 + clients * 3 * CONNECT_COST[this.model.manifest.isolation];
  }

  /** The most clients that may be served at the same time, up to `wanted`. */
  atMost(wanted: number): number {
    const { clients } = this.model.manifest;
    return clients === "many" ? wanted : Math.min(wanted, clients);
  }

  async connect(deadline = this.deadline(), to: ServerProcess = this.#server): Promise<TestClient> {
    const client = await TestClient.open(to, deadline);
    this.#clients.add(client);
    return client;
  }

  /** `count` clients, each of which has been served once: none waits in the backlog. */
  async connectServed(count: number): Promise<TestClient[]> {
    const deadline = this.deadline(count);
    const clients = await Promise.all(Array.from({ length: count }, () => this.connect(deadline)));
    await Promise.all(clients.map((client) => client.echo(this.bytes(1), deadline)));
    return clients;
  }

  /** Another server of the same model: for the cases that end it, or start it wrongly. */
  async start(options: StartOptions = {}): Promise<ServerProcess> {
    const server = await ServerProcess.start(this.model, options);
    this.#servers.add(server);
    return server;
  }

  /** Requires that the server runs and serves a fresh client. */
  async alive(): Promise<void> {
    if (!this.#server.running)
      throw new Failure(`the server ended: ${this.#server.stderr.trim() || "it said nothing"}`);
    const client = await this.connect();
    await client.echo(this.bytes(16));
    client.halfClose();
    await client.expectFin();
  }

  async tidy(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all([...this.#servers].map((server) => server.stop()));
  }
}
