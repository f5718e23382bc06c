import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ManifestError, projectRoot, suggest } from "@echolab/model";
import type { LoadResult, Result } from "./result.ts";

export interface Run {
  readonly folder: string;
  readonly result: Result;
}

const VERSION: Result["version"] = 2;

/** The runs of this checkout, the newest first; what an older version has written is passed over. */
export function runs(): Run[] {
  const all = join(projectRoot(), "runs");
  return (existsSync(all) ? readdirSync(all).sort().reverse() : []).flatMap((id) => {
    const folder = join(all, id);
    const result = existsSync(join(folder, "result.json")) ? readResult(folder) : undefined;
    return result?.version === VERSION ? [{ folder, result }] : [];
  });
}

/**
 * The run that a person names: its id, the beginning of one, `last`, or a folder with a result.json.
 * @param folder what the words mean as a path
 * @throws ManifestError that suggests the nearest id
 */
export function findRun(name: string, folder: string): Run {
  if (existsSync(join(folder, "result.json"))) {
    const result = readResult(folder);
    if (result.version !== VERSION)
      throw new ManifestError(`${name} was written by another version of Echolab: run it again`);
    return { folder, result };
  }
  const all = runs();
  const found = name === "last" ? all.slice(0, 1) : all.filter(({ result: { id } }) => id.startsWith(name));
  const [run, other] = found;
  if (!run) {
    const ids = all.map(({ result: { id } }) => id);
    throw new ManifestError(`no run "${name}"${suggest(name, ids)}; pnpm report lists them`);
  }
  if (other) throw new ManifestError(`"${name}" is the beginning of ${found.length} runs; pnpm report lists them`);
  return run;
}

const readResult = (folder: string): Result => JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));

/** How often a server was judged against itself, and how often it was called different. */
export interface TrackRecord {
  readonly judgements: number;
  readonly different: number;
  readonly runs: number;
  readonly invalid: number;
}

/** What A'' says of these runs: each of its tables is a judgement of a server against itself. */
export function trackRecord(results: readonly Result[]): TrackRecord {
  const tables = (result: Result) =>
    result.scenarios.filter(
      (each): each is LoadResult => each.kind === "load" && witness(each)?.summary?.effect != null,
    );
  const judged = results.map(tables).filter((tables) => tables.length > 0);
  const isDifferent = (table: LoadResult) =>
    !table.valid || ["faster", "slower"].includes(witness(table)!.summary!.verdict!);
  return {
    judgements: judged.flat().length,
    different: judged.flat().filter(isDifferent).length,
    runs: judged.length,
    invalid: judged.filter((tables) => tables.some(({ valid }) => !valid)).length,
  };
}

const witness = ({ rows }: LoadResult) => rows.find(({ role }) => role === "A''");
