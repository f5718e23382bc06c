import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { Enclosure } from "./enclosure.ts";
import { allProcesses, innerPid, type ProcessStat, processTree, programName, withDescendants } from "./proc.ts";

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs, and all that it has started. */
export interface Started {
  /** Its first process. */
  readonly pid: number;
  /** How the first process ended. */
  readonly ended: Promise<Ending>;
  /** False once the first process has ended. */
  readonly isRunning: boolean;
  /** True once nothing can be left of it. */
  readonly isOver: boolean;
  /** Its processes, the first one first, zombies included. */
  processes(): ProcessStat[];
  /** CPU time of ended processes that count for none of `processes`, in ticks. */
  orphansTicks(): number;
  /** Sends a signal to all of its processes; of a session's, to those in the group of the first one. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL to all of its processes. */
  kill(): void;
  /** A process that this user may not end, in words. */
  readonly unendable: string | undefined;
}

export const startedIn = (enclosure: Enclosure, child: ChildProcess): Started =>
  enclosure === "session" ? new Session(child) : new Namespace(child);

/** Sends signals, and keeps in mind which process it was not allowed to end. */
class Sender {
  unendable: string | undefined;

  /** To the first one's group at once, and then to those that have left it. */
  toAll(processes: readonly ProcessStat[], signal: NodeJS.Signals): void {
    const first = processes[0];
    const group = first?.group === first?.pid ? first?.pid : undefined;
    if (group !== undefined) this.to(-group, signal);
    for (const each of processes) if (each.group !== group) this.to(each.pid, signal);
  }

  to(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ESRCH" && code !== "EPERM") throw error;
      if (code === "EPERM" && signal === "SIGKILL")
        this.unendable = `it started a process that this user may not end: ${pid} ${programName(pid)}`;
    }
  }
}

/** The session that a program was started in, with all that its members have started. */
class Session implements Started {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #sender = new Sender();

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
    this.ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  }

  get isRunning(): boolean {
    return !hasExited(this.#child);
  }

  get isOver(): boolean {
    return !this.isRunning && this.processes().every(({ state }) => state === "Z");
  }

  processes(): ProcessStat[] {
    const processes = processTree(this.pid);
    // Where the first one has been waited for, one with its number is another session's, which has come after this one.
    return !this.isRunning && processes[0]?.pid === this.pid ? [] : processes;
  }

  orphansTicks(): number {
    return 0;
  }

  /** To its group, at once: to look for others takes milliseconds, and between two windows there are four signals. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning || this.processes().length > 0) this.#sender.to(-this.pid, signal);
  }

  kill(): void {
    for (const { pid } of this.processes()) this.#sender.to(pid, "SIGKILL");
  }

  get unendable(): string | undefined {
    return this.#sender.unendable;
  }
}

/**
 * A PID namespace. Outside of it is the program that has made it, which is this tool's child; inside are its first
 * process, the init, and the server's processes, which all descend from that one: the kernel gives it the orphans.
 */
class Namespace implements Started {
  readonly ended: Promise<Ending>;
  readonly unendable = undefined; // the kernel ends all that is inside, whichever user it belongs to
  isRunning = true;
  readonly #child: ChildProcess;
  readonly #sender = new Sender();
  #pid: number | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    const outside = new Promise<Ending>((resolve) =>
      child.once("close", (code, signal) => resolve(signal ? { code, signal } : translated(code!))),
    );
    this.ended = Promise.race([reported(child.stdio[3] as Readable), outside]).then((ending) => {
      this.isRunning = false;
      return ending;
    });
  }

  get pid(): number {
    this.#pid ??= this.processes()[0]?.pid;
    return this.#pid ?? Number.NaN;
  }

  /** The kernel ends what is inside before it ends the init, and that before the one outside. */
  get isOver(): boolean {
    return hasExited(this.#child);
  }

  processes(): ProcessStat[] {
    const { init, all } = this.#inside();
    const order = (each: ProcessStat) => (each.parent === init?.pid ? innerPid(each.pid) : Number.POSITIVE_INFINITY);
    // The init's first child is the server; the others are orphans, and came later.
    return all
      .map((each) => ({ each, at: order(each) }))
      .sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
      .map(({ each }) => each);
  }

  orphansTicks(): number {
    return this.#inside().init?.childTicks ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#sender.toAll(this.processes(), signal);
  }

  kill(): void {
    const { init } = this.#inside();
    if (init) this.#sender.to(init.pid, "SIGKILL");
    else if (!this.isOver) this.#sender.to(-this.#child.pid!, "SIGKILL"); // the namespace is still being made
  }

  #inside(): { init: ProcessStat | undefined; all: ProcessStat[] } {
    const machine = this.isOver ? [] : allProcesses();
    const init = machine.find(({ parent }) => parent === this.#child.pid);
    return { init, all: init ? withDescendants([init], machine).slice(1) : [] };
  }
}

const hasExited = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** What the init writes once the server's first process has ended; never, where it was killed before. */
function reported(status: Readable): Promise<Ending> {
  return new Promise((resolve) => {
    status.setEncoding("utf8").once("data", (line: string) => resolve(translated(Number(line))));
    status.on("error", () => {}); // it shows as an end
  });
}

/** A shell's `$?`: 128 and the number of the signal, or the exit code. */
function translated(status: number): Ending {
  const signal = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return signal ? { code: null, signal: signal as NodeJS.Signals } : { code: status, signal: null };
}
