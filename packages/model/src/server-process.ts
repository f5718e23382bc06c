import type { ChildProcess } from "node:child_process";
import type { Writable } from "node:stream";
import type { Model } from "./discovery.ts";
import { guardGroup, unguardGroup } from "./guard.ts";
import { freePort, launch } from "./launch.ts";
import { Limited, type Limits } from "./limits.ts";
import { cpuTicks, type ProcessStat, processTree, proportionalMemory, TICK, threads, waits } from "./proc.ts";
import { listening, notReady, readyLine } from "./readiness.ts";
import { showable } from "./showable.ts";
import { StartError } from "./start-error.ts";
import { within } from "./within.ts";

export interface StartOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. A word that is no port is passed on as it is: the server must refuse it. */
  readonly port?: number | string;
  /** Words after the model's command, e.g. `["--max-connections", "2"]`. */
  readonly words?: readonly string[];
  /** The processors it may run on, as `taskset --cpu-list` writes them; default: all. */
  readonly cpus?: string;
  /** Milliseconds until it must be ready; default 10,000. */
  readonly deadline?: number;
  /** What it may have at most, with all that it starts; default: what this tool may have. */
  readonly limits?: Limits | undefined;
  /** A program that runs the model's command, e.g. `["strace", "-f"]`. */
  readonly under?: readonly string[] | undefined;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const STDERR_KEPT = 4096;
/** So often is a server that goes on killed. */
const MOST_KILLS = 20;
/** A share of a processor that is more than a few timers. */
const BUSY = 0.05;
/** How often the memory of a limited server is looked at, in milliseconds. */
const MEMORY_LOOKS = 500;

/** A server that runs as a program, in a session of its own and a clean environment. It ends with this tool. */
export class ServerProcess {
  readonly model: Model;
  /** How it was started. */
  readonly options: StartOptions;
  readonly pid: number;
  /** Resolves when the first process has ended. */
  readonly ended: Promise<Ending>;
  /** Milliseconds from the start of the program until it was ready. */
  startTime = Number.NaN;
  host = "";
  port = 0;
  #child: ChildProcess;
  readonly #limited: Limited;
  /** Resolves when it has ended and all that it wrote has been read. */
  readonly #closed: Promise<unknown>;
  #stderr = "";
  #exceeded: string | undefined;

  private constructor(model: Model, options: StartOptions, child: ChildProcess, limited: Limited) {
    this.model = model;
    this.options = options;
    this.#limited = limited;
    this.#child = child;
    this.pid = child.pid!;
    this.ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    this.#closed = new Promise((resolve) => child.once("close", resolve));
    this.#watchMemory(options.limits?.memory);
    child.once("exit", () => {
      if (this.tree().length === 0) unguardGroup(this.pid); // its number may be somebody else's soon
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
  }

  /**
   * Starts the model's command and waits until clients can connect, without connecting: that would take a sequential
   * server's only place. @throws StartError
   */
  static async start(model: Model, options: StartOptions = {}): Promise<ServerProcess> {
    const { host = "127.0.0.1", deadline = 10_000 } = options;
    const { ready } = model.manifest;
    const port = options.port || (ready === "listen" ? await freePort(host, model.manifest.protocol) : 0);
    const limited = new Limited(options.limits ?? {});
    const before = performance.now();
    const child = await launch(model, host, port, { ...options, limited }).catch((error) => {
      limited.release();
      throw error;
    });
    const server = new ServerProcess(model, options, child, limited);
    guardGroup(server.pid);
    try {
      const address = await within(
        deadline,
        Promise.race([
          ready === "line" ? readyLine(server, child.stdout!) : listening(server, child.stdout!, port),
          server.ended.then((ending) => server.#neverReady(ending)),
        ]),
      );
      if (!address) throw new StartError(notReady(server, deadline, port), null, server.stderr);
      server.startTime = performance.now() - before;
      server.host = address.host;
      server.port = address.port;
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Its processes, the first one first. */
  tree(): ProcessStat[] {
    const processes = processTree(this.pid);
    // Where the first one has been waited for, one with its number is another session's, which has come after this one.
    return !this.running && processes[0]?.pid === this.pid ? [] : processes;
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

  /**
   * CPU time that all its processes use within the next so many milliseconds, as a share of one processor. Whoever never
   * waits uses a whole one: where others are busy he gets less, and would take more.
   */
  async cpuShare(milliseconds: number): Promise<number> {
    const pids = this.tree().map(({ pid }) => pid);
    const before = { ticks: cpuTicks(this.pid), waits: waits(pids) };
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const share = ((cpuTicks(this.pid) - before.ticks) * TICK) / milliseconds;
    return share > BUSY && waits(pids) === before.waits ? Math.max(1, share) : share;
  }

  /** The limit that it has exceeded, and was ended for, in words. */
  get exceeded(): string | undefined {
    return this.#exceeded;
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
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running || this.tree().length > 0) signalGroup(this.pid, signal);
  }

  /** SIGSTOP to the whole group: it uses no CPU until `resume`. */
  park(): void {
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  /** SIGTERM, and SIGCONT for a parked one; SIGKILL after 2 s. Resolves when no process of the session is left. */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    this.signal("SIGCONT");
    for (let attempt = 0; !(await this.#isGone(attempt === 0 ? 2000 : 200)); attempt += 1) {
      if (attempt === MOST_KILLS) return; // the guard keeps it in mind
      this.#kill(); // again and again: who forks for ever may have forked meanwhile
    }
    this.#limited.end();
    unguardGroup(this.pid);
    this.#limited.release();
    await this.#lastWords();
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
  }

  #watchMemory(most: number | undefined): void {
    if (most === undefined) return;
    const timer = setInterval(() => {
      if (this.memory() <= most) return;
      this.#exceeded = `used more than ${Math.round(most / 2 ** 20)} MiB of memory`;
      this.#kill();
    }, MEMORY_LOOKS);
    this.#child.once("exit", () => clearInterval(timer));
  }

  #kill(): void {
    // Whoever left the group but not the session is ended as well; whoever left both, if a control group knows of it.
    for (const { pid } of this.tree()) signalProcess(pid, "SIGKILL");
    this.#limited.end();
  }

  /** They may still be on their way when it has ended. */
  async #lastWords(): Promise<void> {
    await within(500, this.#closed);
  }

  async #isGone(deadline: number): Promise<boolean> {
    const end = performance.now() + deadline;
    while (this.running || this.tree().some(({ state }) => state !== "Z")) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }

  async #neverReady({ code, signal }: Ending): Promise<never> {
    await this.#lastWords();
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
    throw new StartError(`${this.model.name} ${how} before it was ready`, code, this.stderr);
  }
}

const signalGroup = (group: number, signal: NodeJS.Signals) => signalProcess(-group, signal);

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
