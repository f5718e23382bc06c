import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { checkJson, ManifestError, readJson, schemaIn, showable, suggest } from "@echolab/model";
import type { LoadResult, Result } from "./result.ts";
import { runsFolder } from "./run-folder.ts";

export interface Run {
  readonly folder: string;
  readonly result: Result;
}

const VERSION: Result["version"] = 2;
/** More than any run of this project has written: what is larger is something else. */
const LARGEST_BYTES = 256 * 2 ** 20;
const schema = schemaIn(new URL("../result.schema.json", import.meta.url));

/**
 * The runs of this checkout, the newest first.
 * @param leftOut gets the reason for each that cannot be read, and is passed over
 */
export function* runs(leftOut: (why: string) => void): Generator<Run> {
  for (const folder of ids().map((id) => join(runsFolder(), id))) {
    if (!isThere(folder)) continue;
    let result: Result;
    try {
      result = readResult(folder);
    } catch (error) {
      leftOut((error as Error).message);
      continue;
    }
    yield { folder, result };
  }
}

/**
 * The run that a person names: its id, the beginning of one, `last`, or a folder with a result.json.
 * @param folder what the words mean as a path
 * @throws ManifestError that suggests the nearest id, or says what is wrong with the file
 */
export function findRun(name: string, folder: string, leftOut: (why: string) => void): Run {
  if (isThere(folder)) return { folder, result: readResult(folder) };
  const own = join(runsFolder(), name);
  if (ids().includes(name) && isThere(own)) return { folder: own, result: readResult(own) };
  if (name === "last") for (const newest of runs(leftOut)) return newest;
  const all = [...runs(leftOut)];
  const found = all.filter(({ result: { id } }) => id.startsWith(name));
  const [run] = found;
  if (!run) {
    const known = all.map(({ result: { id } }) => id);
    throw new ManifestError(`no run "${name}"${suggest(name, known)}; pnpm report lists them`);
  }
  if (found.length > 1)
    throw new ManifestError(`"${name}" is the beginning of ${found.length} runs; pnpm report lists them`);
  return run;
}

/** The names in `runs/`, the newest first. @throws ManifestError where that cannot be read */
function ids(): string[] {
  try {
    return existsSync(runsFolder()) ? readdirSync(runsFolder()).sort().reverse() : [];
  } catch (error) {
    throw new ManifestError(`no run can be found: ${(error as Error).message}`);
  }
}

const isThere = (folder: string) => existsSync(join(folder, "result.json"));

/** @throws ManifestError that names the file, what is wrong with it, and what to do */
function readResult(folder: string): Result {
  const file = relative(process.cwd(), join(folder, "result.json"));
  try {
    return parse(textOf(file), file);
  } catch (error) {
    const why = error instanceof ManifestError ? error.message : `${file}: ${(error as Error).message}`;
    throw new ManifestError(`${why}: run it again, or remove its folder`);
  }
}

function textOf(file: string): string {
  const seen = statSync(file);
  if (!seen.isFile()) throw new Error("it is not a regular file"); // a FIFO would keep its reader waiting
  if (seen.size > LARGEST_BYTES)
    throw new Error(`it has ${Math.round(seen.size / 2 ** 20)} MiB: no run writes so much`);
  return readFileSync(file, "utf8");
}

function parse(text: string, file: string): Result {
  const value = readJson(text, file);
  const { version } = Object(value) as { version?: unknown };
  if (Number.isInteger(version) && version !== VERSION) throw new Error("another version of Echolab wrote it");
  checkJson(value, file, schema);
  // A result that somebody else has shared ends up on this terminal.
  return JSON.parse(JSON.stringify(value), (_, each) => (typeof each === "string" ? showable(each) : each));
}

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
