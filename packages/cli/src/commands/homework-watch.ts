import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { findModel, guardSession, unguardSession } from "@echolab/model";
import { typedIn } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { stdout } from "../terminal.ts";

/** Saves come in pairs and more: a grade begins this long after the last one. */
const CALM_MS = 300;
/** How often the folder is looked at: watching is not the same on every file system. */
const LOOK_MS = 100;
/** A grader that has been told to end, and does not, is killed. */
const ENDING_MS = 5000;

/** Grades, waits for a save, and grades again. There is one grader at a time: a save ends the one that runs. */
export async function watchFolder(spec: string, { profile }: { profile?: string }): Promise<void> {
  const { folder } = findModel(spec.startsWith(".") || spec.startsWith("/") ? spec : `./${spec}`, typedIn);
  const words = ["grade", resolve(typedIn, folder), ...(profile ? ["--profile", profile] : [])];
  const signal = interrupted();
  const saves = new Saves(folder);
  for (let nth = 1; !signal.aborted; nth += 1) {
    const saved = saves.next(signal);
    if (process.stdout.isTTY) process.stdout.write("\x1b[2J\x1b[H");
    const grader = new Grader(words);
    const how = await Promise.race([grader.ended, saved]);
    if (how === undefined) await grader.end();
    else console.log(stdout.dim(`\n${basename(folder)}: ${ending(how, nth)}; waiting for the next save, Ctrl-C ends`));
    await saved;
  }
  process.exitCode = 130;
}

/** `graded again (3rd, 12:00:05)`; or that the grader could not. */
function ending({ code, signal }: Ending, nth: number): string {
  const at = new Date().toTimeString().slice(0, 8);
  if (signal) return `the grader was ended by ${signal} (${at})`;
  if (code !== 0 && code !== 1) return `not graded, exit code ${code} (${at})`;
  return nth === 1 ? `graded (${at})` : `graded again (${ordinal(nth)}, ${at})`;
}

function ordinal(n: number): string {
  const isTeen = Math.floor(n / 10) % 10 === 1;
  return `${n}${(isTeen ? undefined : { 1: "st", 2: "nd", 3: "rd" }[n % 10]) ?? "th"}`;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One grade as a program. It is in a session of its own, and ends with this one, however this one ends. */
class Grader {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  constructor(words: readonly string[]) {
    this.#child = spawn(process.execPath, [process.argv[1]!, ...words], {
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    });
    const { pid } = this.#child;
    if (pid) guardSession(pid);
    this.ended = new Promise((resolve) => {
      this.#child.once("error", () => resolve({ code: 3, signal: null }));
      this.#child.once("exit", (code, signal) => {
        if (pid) unguardSession(pid);
        resolve({ code, signal });
      });
    });
  }

  /** It ends what it has started; if it cannot, its own guard does. */
  async end(): Promise<void> {
    this.#child.kill("SIGINT");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ENDING_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/** What is seen of a folder, look by look. */
class Saves {
  readonly #folder: string;
  #graded: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#graded = sources(folder) ?? "";
  }

  /** Resolves when the sources are others than those that were graded, and have been so for a while; or at the signal. */
  async next(signal: AbortSignal): Promise<undefined> {
    let seen = this.#graded;
    let since = performance.now();
    let isGone = false;
    for (; !signal.aborted; await pause(LOOK_MS, signal)) {
      const now = sources(this.#folder);
      if (now === undefined && !isGone) console.log(`${this.#folder} is gone: waiting until it is there again`);
      isGone = now === undefined;
      if (now !== undefined && now === seen && now !== this.#graded && performance.now() - since > CALM_MS) break;
      if (now !== seen) since = performance.now();
      seen = now ?? "";
    }
    this.#graded = seen;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

/** The names, sizes and times of all sources; what a build or an editor makes does not count. Undefined: the folder is gone. */
function sources(folder: string): string | undefined {
  const isMade = (name: string, parent: string) =>
    name === "server" || /^\.|~$/.test(name) || /\/(dist|node_modules|__pycache__)(\/|$)/.test(parent);
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !isMade(entry.name, entry.parentPath))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const stat = statSync(path, { throwIfNoEntry: false }); // an editor's file for a moment may be gone by now
        return stat ? `${path} ${stat.size} ${stat.mtimeMs}` : "";
      })
      .sort()
      .join("\n");
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return undefined;
  }
}
