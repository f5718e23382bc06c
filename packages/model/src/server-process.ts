import type { ChildProcess } from "node:child_process";
import type { Writable } from "node:stream";
import type { Model } from "./discovery.ts";
import { pause } from "./eventually.ts";
import { unguardSession } from "./guard.ts";
import { freePort, launch } from "./launch.ts";
import { Limited } from "./limits.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { type ProcessStat, proportionalMemory, TICK, threads, waits } from "./proc.ts";
import { notReady, whenReady } from "./readiness.ts";
import { showable } from "./showable.ts";
import { endedBeforeReady, StartError } from "./start-error.ts";
import { type Settled, type StartOptions, withDefaults } from "./start-options.ts";
import { type Ending, type Started, startedIn } from "./started.ts";
import { end } from "./stop.ts";
import { within } from "./within.ts";

const STDERR_KEPT = 4096;
/** A share of a processor that is more than a few timers. */
const BUSY = 0.05;

/** A server that runs as a program, in a session of its own and a clean environment. It ends with this tool. */
export class ServerProcess {
  readonly model: Model;
  /** How it was started. */
  readonly options: StartOptions;
  /** Resolves when the first process has ended. */
  readonly ended: Promise<Ending>;
  /** Milliseconds from the start of the program until it was ready. */
  startTime = Number.NaN;
  host = "";
  port = 0;
  readonly #child: ChildProcess;
  readonly #started: Started;
  readonly #limited: Limited;
  readonly #watch: MemoryWatch;
  /** Resolves when it has ended and all that it wrote has been read. */
  readonly #closed: Promise<unknown>;
  #stderr = "";

  private constructor(model: Model, options: Settled, child: ChildProcess, limited: Limited) {
    this.model = model;
    this.options = options;
    this.#limited = limited;
    this.#child = child;
    this.#started = startedIn(options.enclosure, child);
    this.ended = this.#started.ended;
    this.#closed = new Promise((resolve) => child.once("close", resolve));
    this.#watch = new MemoryWatch(options.limits?.memory, this.#started, limited);
    this.#watch.begin();
    child.once("exit", () => {
      this.#watch.end();
      if (this.#started.isOver) unguardSession(child.pid!); // its number may be somebody else's soon
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
  }

  /**
   * Starts the model's command and waits until clients can connect, without connecting: that would take a sequential
   * server's only place. @throws StartError
   */
  static async start(model: Model, asked: StartOptions = {}): Promise<ServerProcess> {
    const options = withDefaults(model, asked);
    const { host = "127.0.0.1", deadline = 60_000, limits = {} } = options;
    const port =
      options.port || (model.manifest.ready === "listen" ? await freePort(host, model.manifest.protocol) : 0);
    const limited = new Limited(limits, options.enclosure);
    const before = performance.now();
    const child = await launch(model, host, port, { ...options, limited }).catch((error) => {
      limited.release();
      throw error;
    });
    const server = new ServerProcess(model, options, child, limited);
    const ready = whenReady(server, child.stdout!, port, () => {
      server.startTime = performance.now() - before;
    });
    const ended = server.ended.then(async (ending) => {
      await server.silence();
      throw endedBeforeReady(server, ending);
    });
    try {
      const address = await within(deadline, Promise.race([ready, ended]));
      if (!address) throw new StartError(notReady(server, deadline, port), null, server.stderr);
      ({ host: server.host, port: server.port } = address);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Its first process. */
  get pid(): number {
    return this.#started.pid;
  }

  /** Its processes, the first one first. */
  tree(): ProcessStat[] {
    return this.#started.processes();
  }

  /** Its processes and threads, counted. */
  tasks(): number {
    return this.tree()
      .filter(({ state }) => state !== "Z")
      .reduce((sum, { pid }) => sum + threads(pid).length, 0);
  }

  /** Proportional set size of all its processes, in bytes. */
  memory(): number {
    return proportionalMemory(this.tree().map(({ pid }) => pid));
  }

  /** CPU time of all its processes, those included that have ended and were waited for, in ticks of 10 ms. */
  ticks(): number {
    return this.tree().reduce((sum, { ticks }) => sum + ticks, this.#started.orphansTicks());
  }

  /** The part of `ticks` that processes have used that have ended. */
  endedTicks(): number {
    return this.tree().reduce((sum, { childTicks }) => sum + childTicks, this.#started.orphansTicks());
  }

  /**
   * CPU time that all its processes use within the next so many milliseconds, as a share of one processor. A server that
   * never waits uses a whole one: where others are busy it gets less, and would take more.
   */
  async cpuShare(milliseconds: number): Promise<number> {
    const pids = this.tree().map(({ pid }) => pid);
    const before = { ticks: this.ticks(), waits: waits(pids) };
    await pause(milliseconds);
    const share = ((this.ticks() - before.ticks) * TICK) / milliseconds;
    return share > BUSY && waits(pids) === before.waits ? Math.max(1, share) : share;
  }

  /** The limit that it has exceeded, and was ended for, in words. */
  get exceeded(): string | undefined {
    return this.#watch.exceeded;
  }

  /** A process that it has started and this user may not end, in words: after `stop`. */
  get unendable(): string | undefined {
    return this.#started.unendable;
  }

  /** Whether a limit of processes holds here. */
  get countsProcesses(): boolean {
    return this.#limited.countsProcesses;
  }

  /** What it wrote on stderr, the last 4 KiB, as it may be shown. */
  get stderr(): string {
    return showable(this.#stderr);
  }

  /** Passes on what it prints from now on, and what it has written on stderr already. */
  pipe(stdout: Writable, stderr: Writable): void {
    stderr.write(this.#stderr);
    this.#child.stdout!.pipe(stdout, { end: false });
    this.#child.stderr!.pipe(stderr, { end: false });
  }

  /** False once the first process has ended. */
  get running(): boolean {
    return this.#started.isRunning;
  }

  signal(signal: NodeJS.Signals): void {
    this.#started.signal(signal);
  }

  /** SIGSTOP to all its processes: it uses no CPU until `resume`. */
  park(): void {
    this.signal("SIGSTOP");
    if (!this.options.isMeasured) return;
    this.#watch.end();
    this.#watch.look();
  }

  resume(): void {
    if (this.options.isMeasured) this.#watch.end();
    this.signal("SIGCONT");
  }

  /** SIGTERM, and SIGCONT for a parked one; SIGKILL after 2 s. Resolves when none of its processes is left. */
  async stop(): Promise<void> {
    if (await end(this.#started, this.#limited)) {
      unguardSession(this.#child.pid!);
      this.#limited.release();
      await this.silence();
    } else this.#child.unref(); // the guard keeps it in mind; this tool must not wait for it
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  /** Resolves once it has ended and its last words have come: they may be on their way for a moment longer. */
  async silence(): Promise<void> {
    await within(500, this.#closed);
  }
}
