import { accessSync, constants, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Result } from "@echolab/benchmarks";
import { ManifestError } from "@echolab/model";
import { typedIn } from "../arguments.ts";

/** Where `--json` goes: that it cannot be written is said before the run. @throws ManifestError */
export function requireWritable(name: string): string {
  const copy = resolve(typedIn, name);
  try {
    mkdirSync(dirname(copy), { recursive: true });
    const there = statSync(copy, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw new Error("it is a folder");
    accessSync(there ? copy : dirname(copy), constants.W_OK);
  } catch (error) {
    throw new ManifestError(`--json ${name}: ${(error as Error).message}`);
  }
  return copy;
}

/** @returns why it is not there */
export function copyTo(copy: string, result: Result): string | undefined {
  try {
    writeFileSync(copy, `${JSON.stringify(result, null, 1)}\n`);
    return undefined;
  } catch (error) {
    return `--json: ${(error as Error).message}`;
  }
}
