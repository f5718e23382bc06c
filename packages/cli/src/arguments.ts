import { resolve } from "node:path";
import type { Limit, Rate } from "@echolab/benchmarks";
import { findModels, ManifestError, suggest } from "@echolab/model";
import { InvalidArgumentError } from "commander";

/** The folder that a path on the command line starts from: pnpm changes it, and leaves the old one here. */
export const typedIn = resolve(process.env["INIT_CWD"] ?? process.cwd());

/** A new model's name must be nobody's yet. @throws ManifestError */
export function requireFree(name: string): void {
  if (findModels().some((model) => model.name === name))
    throw new ManifestError(`there is a model "${name}" already: choose another name`);
}

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

/** `10000,50%`: messages a second, and shares of what each server can do. */
export function rates(text: string): Rate[] {
  return text.split(",").map((part) => {
    const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(part.trim()) ?? [];
    const value = Number(number);
    if (percent && value >= 1 && value <= 200) return { share: value / 100 };
    if (!percent && value >= 50 && value <= 1_000_000) return { perSecond: value };
    throw new InvalidArgumentError("It is messages a second, 50 to 1000000, or a share, 1% to 200%: 10000,50%.");
  });
}

/** `p99<5ms` */
export function limit(text: string): Limit {
  const [, name, value, unit] =
    /^(p50|p90|p99|p99\.9)<(\d+(?:\.\d+)?)(us|µs|ms|s)$/.exec(text.replaceAll(" ", "")) ?? [];
  const milliseconds = Number(value) * { us: 0.001, µs: 0.001, ms: 1, s: 1000 }[(unit ?? "ms") as "us" | "ms" | "s"];
  if (!name || !(milliseconds > 0)) {
    throw new InvalidArgumentError(
      'It is a percentile, p50, p90, p99 or p99.9, and a time: "p99<5ms" (in quotes: the shell reads <).',
    );
  }
  return { name: name as Limit["name"], milliseconds };
}
