import { basename } from "node:path";
import { entryFailure } from "./control-group.ts";
import { showable } from "./showable.ts";
import type { Ending } from "./started.ts";

const EX_UNAVAILABLE = 69;
/** Errors of fork(2), pipe(2) and open(2) that come from this machine or this process, whatever is to be started. */
const MACHINE_LIMITS = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

/** The code of a limit of this machine at which this tool could not start a program: no failure of that program. */
export function machineLimit(error: unknown): string | undefined {
  const { code = "" } = ((error instanceof StartError ? error.cause : error) ?? {}) as NodeJS.ErrnoException;
  return MACHINE_LIMITS.includes(code) ? code : undefined;
}

/** The server did not become ready: `message` says why, with its last words. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** What the process ended with, if it did. */
  readonly exitCode: number | null;
  /** What it wrote on stderr, the last 4 KiB. */
  readonly stderr: string;

  /** @param options its cause, where this tool could not even start the program: the kernel's error */
  constructor(message: string, exitCode: number | null, stderr: string, options?: ErrorOptions) {
    super(showable(stderr.trim() ? `${message}: ${lastWords(stderr)}` : message), options);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }

  /** Why this machine cannot run it, where it says so of itself (EX_UNAVAILABLE, sysexits(3)): that is no failure. */
  get unavailable(): string | undefined {
    return this.exitCode === EX_UNAVAILABLE ? lastWords(this.stderr) : undefined;
  }
}

interface StartedServer {
  readonly model: { readonly name: string };
  /** The limit that it was ended for, in words. */
  readonly exceeded: string | undefined;
  readonly stderr: string;
}

/** Why a server has ended that was to become ready. */
export function endedBeforeReady(
  { model: { name }, exceeded, stderr }: StartedServer,
  { code, signal }: Ending,
): StartError {
  const neverRan = entryFailure(code, stderr);
  if (neverRan) return new StartError(`${name} cannot be started: ${neverRan}`, null, "");
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  return new StartError(`${name} ${exceeded ?? how} before it was ready`, code, stderr);
}

/** The line that names the last error, and where in the program's own files that was; without any, the last three lines. */
export function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const at = lines.findLastIndex((line) => /^(error: |[\w.]*(Error|Exception)\b)/.test(line));
  if (at === -1) return lines.slice(-3).join("\n");
  // Node's frames stand below the error, the innermost first, or only its place above; Python's above, the innermost last.
  const from = lines.findLastIndex((line, i) => i < at && /^Traceback|^(file:\/)?\/.+:\d+$/.test(line));
  const [place] = [...frames(lines.slice(at + 1)), ...frames(lines.slice(Math.max(0, from), at)).reverse()];
  return place ? `${lines[at]} (${place})` : lines[at]!;
}

/** `FILE, line N`, without those of a runtime and its libraries. */
function frames(lines: readonly string[]): string[] {
  return lines.flatMap((text) => {
    const [, file, line] =
      /^\s*File "(.+)", line (\d+)/.exec(text) ??
      /^\s+at (?:async |.*\()?(?:file:\/\/)?(\/[^():]+):(\d+):\d+\)?$/.exec(text) ??
      /^(?:file:\/\/)?(\/[^():]+):(\d+)$/.exec(text) ??
      [];
    const isOwn = file !== undefined && !/\/lib\/python|\/(site|dist)-packages\/|\/node_modules\/|^</.test(file);
    return isOwn ? [`${basename(file)}, line ${line}`] : [];
  });
}
