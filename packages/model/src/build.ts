import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.ts";
import { type Model, missingRequirement } from "./discovery.ts";
import { type Enclosure, namespaceOrSession } from "./enclosure.ts";
import { isForeign } from "./foreign.ts";
import { runToEnd } from "./run-to-end.ts";
import { showable } from "./showable.ts";
import { machineLimit } from "./start-error.ts";

const MOST_MINUTES = 2;
/** Of a compiler's own, and of what it writes. */
const LIMITS = { descriptors: 8192, processes: 3000, cpu: MOST_MINUTES * 60, memory: 4 * 2 ** 30, fileSize: 2 ** 30 };

/** Why this machine cannot run the model, a build that fails included; undefined when it can, and is built. */
export const obstacle = async (model: Model): Promise<string | undefined> =>
  missingRequirement(model) ?? (await buildModel(model));

/**
 * Runs the model's `build` if a file in its folder is newer than the last one, or one is missing that was there after it.
 * What has none is built with the workspace.
 * @param enclosure what it runs in, with all that it starts; default: as the server itself
 * @returns why it failed, in the compiler's own words; undefined when the model is built
 * @throws Error where a limit of this machine is in the way: that is no failure of the build (see `machineLimit`)
 */
export async function buildModel(model: Model, enclosure?: Enclosure): Promise<string | undefined> {
  const {
    folder,
    manifest: { build },
  } = model;
  if (!build) return compileFailure(model);
  if (isBuilt(folder)) return undefined;
  const within = enclosure ?? (isForeign(model) ? namespaceOrSession() : "session");
  try {
    const { code, stdout, stderr } = await runToEnd(model, build, LIMITS, within, MOST_MINUTES * 60_000);
    // Some compilers, tsc among them, tell their errors on stdout.
    if (code !== 0) return failed(stderr.trim() || stdout.trim() || `${build[0]} ended with exit code ${code}`);
  } catch (error) {
    if (machineLimit(error)) throw error;
    return failed((error as Error).message);
  }
  keepNote(folder);
  return undefined;
}

/** Why the workspace has not built this model: it has left a note, and turbo has kept what the compiler said. */
export function compileFailure({ folder, manifest: { command } }: Model): string | undefined {
  if (existsSync(join(folder, ".turbo/failed")))
    return failed(readFileSync(join(folder, ".turbo/turbo-build.log"), "utf8"));
  const [program, script = ""] = command;
  const isThere = program !== "node" || !script.startsWith("dist/") || existsSync(join(folder, script));
  return isThere ? undefined : failed(`there is no ${script}`);
}

function failed(said: string): string {
  const lines = showable(said).trim().split("\n");
  // A compiler's last line only counts its errors; the first ones say what is wrong.
  const errors = lines
    .filter((line) => /\berror\b[^s]/i.test(line) && !/being treated as errors/.test(line))
    .slice(0, 3);
  return `its build failed: ${errors.length > 0 ? errors.join("; ") : lines.at(-1)}`;
}

/** The files in a folder, at any depth, with the times of their last change. */
function filesIn(folder: string): Record<string, number> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path, statSync(path).mtimeMs]));
}

/** Whole or not at all: without a note, the next run builds again. */
function keepNote(folder: string): void {
  const note = cached(folder, "built");
  const beside = `${note}.${process.pid}`;
  try {
    writeFileSync(beside, JSON.stringify(Object.keys(filesIn(folder))));
    renameSync(beside, note);
  } catch {
    rmSync(beside, { force: true });
  }
}

/** Whether the last build's note is newer than all files, and all are there that were there then. */
function isBuilt(folder: string): boolean {
  const note = cached(folder, "built");
  const files = filesIn(folder);
  try {
    const { mtimeMs } = statSync(note);
    const noted: string[] = JSON.parse(readFileSync(note, "utf8"));
    return noted.every((path) => path in files) && Object.values(files).every((time) => time <= mtimeMs);
  } catch {
    return false; // there is none, or it was cut off
  }
}
