import { resolve } from "node:path";
import { suggest } from "@echolab/model";
import { InvalidArgumentError } from "commander";

/** The folder that a path on the command line starts from: pnpm changes it, and leaves the old one here. */
export const typedIn = resolve(process.env["INIT_CWD"] ?? process.cwd());

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** `10,50,100` */
export function wholeNumbers(least: number, most: number): (text: string) => number[] {
  return (text) => text.split(",").map((part) => wholeNumber(least, most)(part.trim()));
}

/** `round-trip,churn`: names out of `known`. */
export function names(known: readonly string[]): (text: string) => string[] {
  return (text) =>
    text.split(",").map((part) => {
      const name = part.trim();
      if (!known.includes(name))
        throw new InvalidArgumentError(`There are ${known.join(", ")}${suggest(name, known)}.`);
      return name;
    });
}

/** `90s`, `5m`, `1h`, in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
  const value = match ? Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "s" | "m" | "h"] : 0;
  if (value < 10_000 || value > 12 * 3_600_000)
    throw new InvalidArgumentError("It is a time from 10s to 12h, such as 90s or 5m.");
  return value;
}
