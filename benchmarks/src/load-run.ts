import { type Model, patience, ServerProcess } from "@echolab/model";
import { relayProgram } from "@echolab/relay";
import type { Contestant } from "./contestant.ts";
import { LoadError } from "./generator-process.ts";
import type { Arrivals, Load, OpenWindow } from "./generator-protocol.ts";
import { mostClients } from "./own-limits.ts";
import { programAsModel } from "./program.ts";
import { searchRate } from "./rate-search.ts";
import type { Cell, MemoryPoint, Window } from "./sample.ts";
import type { Lab, LoadScenario, Network } from "./scenario.ts";
import { cpusOf } from "./topology.ts";

const WARM_UP = { milliseconds: 500, messages: 20_000 };
/** For clients that come and go: where each gets a thread or a process, there is nothing to warm up. */
const WARM_UP_VISITS = { none: 800, thread: 200, process: 200 };
/** In which a server shows what it can do at most, before it gets a share of that. */
const CAPACITY = 200;
/** What a silent client has been: then its thread or its process is there, and it does not wait in the backlog. */
export const SERVED_ONCE = { milliseconds: 0, messages: 0 };
/** Each waits for answers as long as a window closes. */
const MOST_DRAINS = 20;

/** One server under one load, over all its windows. */
export class LoadRun {
  readonly contestant: Contestant;
  /** Those who talk, and those who are silent. */
  readonly clients: number;
  readonly #scenario: LoadScenario;
  readonly #cell: Cell;
  readonly #load: Load;
  readonly #lab: Lab;
  /** Between the clients and the server, where the scenario wants a worse network. */
  #relay: ServerProcess | undefined;
  /** Messages a second, in a closed loop. */
  #capacity = 0;
  #windows = 0;
  /** Whether a search's last window has left requests without an answer. */
  #owed = false;

  /** @param clients the cell's, or as many of them as this server may have */
  constructor(contestant: Contestant, scenario: LoadScenario, cell: Cell, clients: number, lab: Lab) {
    this.contestant = contestant;
    this.clients = clients;
    this.#scenario = scenario;
    this.#cell = cell;
    this.#load = scenario.load({ ...cell, clients: scenario.talking?.(clients) ?? clients });
    this.#lab = lab;
  }

  /** Starts the server, connects who stays, and warms up. @returns its memory without and with the silent clients */
  prepare(): Promise<MemoryPoint[]> {
    return this.#overRelay(() => this.#prepare());
  }

  async #prepare(): Promise<MemoryPoint[]> {
    const { topology } = this.#lab;
    await this.contestant.start(topology);
    const { network } = this.#scenario;
    if (network) this.#relay = await ServerProcess.start(relayTo(this.contestant, network), cpusOf(topology.generator));
    await this.#connect(this.#target, this.#load);
    if (this.#load.requests !== null) {
      const milliseconds = WARM_UP_VISITS[this.contestant.model.manifest.isolation];
      if (this.#load.again) await this.#lab.generator.ask(this.#open(milliseconds));
      return [];
    }
    await this.#warmUp(this.#target, this.#load.clients, WARM_UP);
    if (this.#scenario.limit || (this.#cell.rate && "share" in this.#cell.rate)) {
      const { replies, elapsed } = await this.#lab.generator.ask(this.#open(CAPACITY));
      this.#capacity = (replies / elapsed) * 1000;
    }
    const memory = [{ clients: this.#load.clients, bytes: this.contestant.memory() }];
    const silent = this.clients - this.#load.clients;
    if (silent === 0) return memory;
    await this.#connect(this.#silent, { ...this.#load, clients: silent, hostile: {} });
    await this.#warmUp(this.#silent, silent, SERVED_ONCE);
    return [...memory, { clients: this.clients, bytes: this.contestant.memory() }];
  }

  /** Ends the server and its clients. */
  async stop(): Promise<void> {
    for (const target of [this.#target, this.#silent])
      await this.#lab.generator.ask({ op: "disconnect", target }).catch(() => {}); // where there is none any more
    await this.#relay?.stop();
    await this.contestant.stop();
  }

  get #target(): string {
    return this.contestant.name;
  }

  get #silent(): string {
    return `${this.contestant.name}, silent`;
  }

  #connect(target: string, load: Load): Promise<unknown> {
    const { host, port } = this.#relay ?? this.contestant.server;
    const { protocol } = this.contestant.model.manifest;
    return this.#lab.generator.ask({ op: "connect", target, protocol, host, port, load });
  }

  #warmUp(target: string, clients: number, then: { milliseconds: number; messages: number }): Promise<unknown> {
    const { manifest } = this.contestant.model;
    // Whoever has fewer places keeps the others waiting for ever: there is no use in waiting with them.
    const places = manifest.clients === "many" ? clients : Math.min(clients, manifest.clients);
    return this.#lab.generator.ask({ op: "warm-up", target, places, nobodyNew: patience(manifest, clients), ...then });
  }

  /** One window; with a limit, one search. */
  window(): Promise<Window> {
    const { limit } = this.#scenario;
    return this.#overRelay(() =>
      limit ? searchRate(limit, this.#capacity, (rate) => this.#window(rate)) : this.#window(this.#rate()),
    );
  }

  /** @throws LoadError where the relay is not at work afterwards: what was lost on the way is not the server's */
  async #overRelay<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } finally {
      await requireAtWork(this.#relay);
    }
  }

  #window(rate: number | null): Promise<Window> {
    const { generator, topology, seed } = this.#lab;
    this.#windows += 1;
    const arrivals = rate === null ? null : { rate, process: "poisson" as const, seed: seed + this.#windows };
    const command = this.#open(this.#scenario.window, arrivals);
    const alongside = this.#relay ? [this.#relay.pid] : [];
    return this.contestant.window(
      topology,
      this.#load.requests === null,
      async () => {
        // What an overload has left behind is not this window's.
        for (let i = 0; rate !== null && this.#owed && i < MOST_DRAINS; i += 1)
          this.#owed = (await generator.ask(this.#open(1, { ...arrivals!, rate: 1 }))).unanswered > 0;
        const report = await generator.ask(command);
        this.#owed = report.unanswered > 0 && this.#scenario.limit !== undefined;
        return report;
      },
      alongside,
    );
  }

  #rate(): number | null {
    const { rate } = this.#cell;
    if (rate === null) return null;
    return "share" in rate ? Math.max(1, this.#capacity * rate.share) : rate.perSecond;
  }

  #open(milliseconds: number, arrivals: Arrivals | null = null): OpenWindow {
    return { op: "window", target: this.#target, milliseconds, poll: this.#lab.topology.poll, arrivals };
  }
}

/** How many of the cell's clients a model gets. */
export function clientsFor({ manifest }: Model, scenario: LoadScenario, cell: Cell): number {
  const declared = scenario.upToDeclared && manifest.clients !== "many" ? manifest.clients : Number.POSITIVE_INFINITY;
  return Math.min(cell.clients, declared, mostClients());
}

async function requireAtWork(relay: ServerProcess | undefined): Promise<void> {
  if (!relay) return;
  const { code, signal } = relay.running ? { code: null, signal: null } : await relay.ended;
  if (!relay.running) throw new LoadError(`the relay ended (${signal ?? `exit code ${code}`}): not measured`);
  if (relay.tree()[0]?.state === "T") throw new LoadError("the relay was stopped (SIGSTOP): not measured");
}

function relayTo({ model, server: { host, port } }: Contestant, network: Network): Model {
  const { protocol } = model.manifest;
  return programAsModel("relay", protocol, relayProgram, [protocol, host, String(port), JSON.stringify(network)]);
}
