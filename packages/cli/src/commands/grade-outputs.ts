import { type GradeReport, toGradescope, toHtml, toJson, toJUnit, toTap } from "@echolab/conformance/grade";
import { ManifestError, openOutput } from "@echolab/model";
import { typedIn } from "../arguments.ts";
import { stderr } from "../terminal.ts";

const FORMATS = { json: toJson, junit: toJUnit, tap: toTap, gradescope: toGradescope, html: toHtml } as const;
type Format = keyof typeof FORMATS;
/** The files that were asked for, by format. */
export type OutputNames = Partial<Record<Format, string>>;

/**
 * Opens every file of a grade, before the server is started: what cannot be written is said at once.
 * @throws ManifestError also where two of them are one file
 */
export function openOutputs(names: OutputNames) {
  const outputs = (Object.keys(FORMATS) as Format[]).flatMap((format) => {
    const file = names[format];
    if (file === undefined || (format === "tap" && file === "-")) return [];
    return [{ name: `--${format} ${file}`, render: FORMATS[format], output: openOutput(file, typedIn) }];
  });
  for (const [i, { name, output }] of outputs.entries()) {
    const other = outputs.slice(0, i).find((each) => each.output.path === output.path);
    if (other) throw new ManifestError(`${other.name} and ${name} are one file: each needs its own`);
  }
  return {
    /** What is known by now. Where it cannot be written, the next one may: only the last one must. */
    write(report: GradeReport): void {
      for (const { render, output } of outputs) attempt(() => output.write(render(report)));
    },
    /** @returns false where a file could not be written, which it has said then */
    finish(report: GradeReport): boolean {
      const failures = outputs.flatMap(({ name, render, output }) => {
        const why = attempt(() => output.finish(render(report)));
        return why === undefined ? [] : [`${name} could not be written: ${why}`];
      });
      for (const failure of failures) console.error(stderr.red(failure));
      return failures.length === 0;
    },
  };
}

/** @returns why it failed */
function attempt(write: () => void): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
