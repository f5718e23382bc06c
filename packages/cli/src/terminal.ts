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
    const left = ` · about ${clock(secondsLeft)} left`;
    const room = (process.stderr.columns || 80) - 1 - left.length;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${stderr.dim(text.slice(0, room) + left)}`);
    // In a file, a line for each scenario is enough.
    else if (text.split(" · ")[0] !== this.#last) process.stderr.write(`${text}${left}\n`);
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

/** Folded at 80 columns, with so many spaces before each line; `first` stands in those of the first line. */
export function indented(text: string, by: number, first = ""): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > 80 - by) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line, i) => (i === 0 ? first : "").padEnd(by) + line).join("\n");
}

/** The rule of three: what never happened in `tries` is rarer than 3/tries, with 95 % confidence. */
export const ruleOfThree = (tries: number) =>
  `rarer than 3/${tries} = ${(3 / tries).toPrecision(2)}, with 95 % confidence`;

const alreadySaid = new Set<string>();

/** Says, once, what cannot be read and is passed over. */
export function leftOut(why: string): void {
  if (!alreadySaid.has(why)) console.error(`left out: ${why}`);
  alreadySaid.add(why);
}

/** A word as a shell takes it. */
export const quoted = (word: string) =>
  /^[\w@%+=:,./~^{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
