/** A second Ctrl-C, so many milliseconds after the first one or later, does not wait for anything. */
const IMPATIENT = 1000;

/** Aborts at Ctrl-C and its like: the command ends what it does, and keeps what is finished. */
export function interrupted(): AbortSignal {
  const abort = new AbortController();
  let abortedAt = Number.POSITIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // npx passes on the Ctrl-C that the terminal has sent already: what comes at once is the same one.
      if (performance.now() - abortedAt > IMPATIENT) process.exit(130);
      abortedAt = Math.min(abortedAt, performance.now());
      abort.abort();
    });
  }
  return abort.signal;
}
