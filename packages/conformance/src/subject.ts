import { type Model, patience, ServerProcess, type StartOptions } from "@echolab/model";
import { SeededBytes } from "@echolab/protocol-core";
import { Failure } from "./case.ts";
import { TestClient } from "./test-client.ts";

interface ConnectOptions {
  /** Milliseconds that each step of this client may take. */
  readonly deadline?: number;
  readonly to?: ServerProcess;
  /** Bytes, and a FIN, sent in the same breath as the connect. */
  readonly early?: Uint8Array;
}

/** The server under test, as a case sees it. What a case opens or starts is closed and stopped after it. */
export class Subject {
  readonly model: Model;
  readonly seed: number;
  readonly server: ServerProcess;
  readonly #clients = new Set<TestClient>();
  readonly #servers = new Set<ServerProcess>();

  constructor(server: ServerProcess, seed: number) {
    this.model = server.model;
    this.seed = seed;
    this.server = server;
  }

  /** Bytes that look random and are the same for the same seed. */
  bytes(length: number, stream = 0): Uint8Array {
    return new SeededBytes(this.seed + stream).next(length);
  }

  /** Milliseconds for one step while `clients` connect. */
  deadline(clients = 1): number {
    return patience(this.model.manifest, clients);
  }

  /** The most clients that may be served at the same time, up to `wanted`. */
  atMost(wanted: number): number {
    const { clients } = this.model.manifest;
    return clients === "many" ? wanted : Math.min(wanted, clients);
  }

  async connect({ deadline = this.deadline(), to = this.server, early }: ConnectOptions = {}): Promise<TestClient> {
    const client = await TestClient.open(to, deadline, early);
    this.#clients.add(client);
    return client;
  }

  /** `count` clients, each of which has been served once: none waits in the backlog. */
  async connectServed(count: number, to = this.server): Promise<TestClient[]> {
    const deadline = this.deadline(count);
    const clients = await Promise.all(Array.from({ length: count }, () => this.connect({ deadline, to })));
    await Promise.all(clients.map((client) => client.echo(this.bytes(1), deadline)));
    return clients;
  }

  /** Another server of the same model: for the cases that end it, or start it wrongly. */
  async start(options: StartOptions = {}): Promise<ServerProcess> {
    const server = await ServerProcess.start(this.model, options);
    this.#servers.add(server);
    return server;
  }

  /** Requires that the server still serves a fresh client. */
  async alive(): Promise<void> {
    try {
      const client = await this.connect();
      await client.echo(this.bytes(16));
      client.close();
    } catch (error) {
      throw new Failure(`afterwards, a fresh client was not served: ${(error as Error).message}`);
    }
  }

  async tidy(): Promise<void> {
    for (const client of this.#clients) client.close();
    const servers = [...this.#servers];
    // To stop one twice would signal a process group whose number may be another one's by now.
    this.#servers.clear();
    this.#clients.clear();
    await Promise.all(servers.map((server) => server.stop()));
  }
}
