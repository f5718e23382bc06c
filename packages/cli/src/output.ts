import { closeSync, writeSync } from "node:fs";
import { isatty } from "node:tty";

/**
 * An output may fail at any time: head(1) has read enough (EPIPE), the disk is full (ENOSPC), the terminal is closed
 * (EIO). The work goes on, and its results are kept. An exit code of 0 becomes 1 where stdout has lost something that
 * somebody wanted to read.
 */
export function outliveOutput(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  let lost: string | undefined;
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE") lost ??= message;
  });
  process.stderr.on("error", () => {}); // there is no place left to say it
  process.on("exit", (code) => {
    if (lost !== undefined) {
      say(`error: stdout is not complete: ${lost}\n`);
      if (code === 0) process.exitCode = 1;
    }
    for (const fd of terminals) if (!isatty(fd)) letGo(fd);
  });
}

/** At exit there is no event loop any more: this one is synchronous. */
function say(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // stderr has failed as well
  }
}

/**
 * At exit Node gives a terminal the settings back that it had at the start, and crashes where that fails, as it does
 * once the terminal is closed (`ResetStdio` in src/node.cc). It passes over a descriptor that is not open.
 */
function letGo(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // it is closed already
  }
}
