import pc from "picocolors";

/** Colours for a stream: FORCE_COLOR, then NO_COLOR, then whether somebody is looking (no-color.org). */
function colorsOf(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR) return pc.createColors(FORCE_COLOR !== "0");
  return pc.createColors(!NO_COLOR && TERM !== "dumb" && Boolean(stream.isTTY));
}

export const stdout = colorsOf(process.stdout);
export const stderr = colorsOf(process.stderr);

/** One line on stderr that is written over; plain lines where nobody looks, and only when there is something new. */
export class ProgressLine {
  #last = "";

  show(text: string, secondsLeft: number): void {
    const line = `${text} · about ${clock(secondsLeft)} left`;
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${stderr.dim(line.slice(0, (process.stderr.columns || 80) - 1))}`);
    // In a file, a line for each scenario is enough.
    else if (text.split(" · ")[0] !== this.#last) process.stderr.write(`${line}\n`);
    this.#last = text.split(" · ")[0]!;
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

/** `1:42` for 102 seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
