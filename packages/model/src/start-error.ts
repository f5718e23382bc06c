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
}

/** The line that says why: of a stack trace, the first one that names an error; else the last three. */
export function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.slice(-3).join("\n");
}
