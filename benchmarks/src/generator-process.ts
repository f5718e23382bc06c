import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { guardSession, limitReached, spawnFailure, startGuard, unguardSession } from "@echolab/model";
import type { Answer, Command, Connect, Disconnect, OpenWindow, WarmUp, WindowReport } from "./generator-protocol.ts";
import { pinned } from "./topology.ts";

const program = fileURLToPath(new URL("./generator.js", import.meta.url));

/** The load generator could not do what it was asked: `message` says why. A wrong echo is such a reason. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** How often it is looked at whether the generator was stopped, in milliseconds: longer than most windows. */
const LOOK_MS = 2000;

/** The load generator as the runner sees it: one command at a time. It ends with this process. */
export class GeneratorProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  /** How it ended, in words. */
  readonly #ended: Promise<string>;

  /**
   * @param cpus the processors it may run on, as `taskset --cpu-list` writes them
   * @param under the words of a command that runs it
   */
  constructor(cpus: string, seed: number, under: readonly string[] = []) {
    const [command, ...words] = pinned(cpus, [...under, process.execPath, program, String(seed)]);
    startGuard();
    this.#child = spawn(command!, words, { detached: true, stdio: ["pipe", "pipe", "inherit"] });
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
      this.#child.once("error", (error) => resolve(spawnFailure(error))); // it shows as an end of the answers, too
    });
    if (!this.#child.stdin) throw new LoadError(`the load generator cannot be started: ${limitReached(this.#child)}`);
    this.#child.stdin.on("error", () => {});
    if (this.#child.pid) guardSession(this.#child.pid);
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  ask(command: OpenWindow): Promise<WindowReport>;
  ask(command: WarmUp): Promise<{ served: number }>;
  ask(command: Connect | Disconnect): Promise<{ connected: number }>;
  async ask(command: Command): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    const looks = setInterval(() => this.#endIfStopped(), LOOK_MS);
    const { value, done } = await this.#answers.next().finally(() => clearInterval(looks));
    if (done) throw new LoadError(`the load generator ended (${await this.#ended}): not measured`);
    const answer: Answer = JSON.parse(value);
    if ("error" in answer) throw new LoadError(answer.error);
    return answer;
  }

  /** False once it has ended: it answers nothing any more. */
  get running(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** One that was stopped would keep the run waiting for ever. */
  #endIfStopped(): void {
    if (this.running && /^\d+ \(.*\) T/.test(readFileSync(`/proc/${this.#child.pid}/stat`, "utf8")))
      this.#child.kill("SIGKILL");
  }

  /** Ends it at once, also in the middle of a window. */
  stop(): void {
    const { pid } = this.#child;
    if (!pid) return;
    if (this.running) process.kill(-pid, "SIGKILL");
    unguardSession(pid);
  }
}
