import { basename } from "node:path";

const EX_UNAVAILABLE = 69;

/** The server did not become ready: `message` says why, with its last words. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** What the process ended with, if it did. */
  readonly exitCode: number | null;
  /** What it wrote on stderr, the last 4 KiB. */
  readonly stderr: string;

  constructor(message: string, exitCode: number | null, stderr: string) {
    super(stderr.trim() ? `${message}: ${lastWords(stderr)}` : message);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }

  /** Why this machine cannot run it, where it says so of itself (EX_UNAVAILABLE, sysexits(3)): that is no failure. */
  get unavailable(): string | undefined {
    return this.exitCode === EX_UNAVAILABLE ? lastWords(this.stderr) : undefined;
  }
}

/** The line that says why: of a stack trace, the first one that names an error, and where it was; else the last three. */
export function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const error = lines.find((line) => /^\w*Error\b/.test(line));
  if (error === undefined) return lines.slice(-3).join("\n");
  // Python tells the innermost place last; Node tells it alone, above the line itself.
  const [, file, line] = [...stderr.matchAll(/^(?:\s*File "|file:\/\/|\/)(.+?)(?:", line |:)(\d+)/gm)].at(-1) ?? [];
  return file === undefined ? error : `${error} (${basename(file)}, line ${line})`;
}
