import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Model, missingRequirement } from "./discovery.ts";
import { projectRoot } from "./root.ts";
import { showable } from "./showable.ts";

const TEN_MINUTES = 600_000;

/** Why this machine cannot run the model, and be it that its build fails, in words; undefined when it can, and is built. */
export const obstacle = async (model: Model): Promise<string | undefined> =>
  missingRequirement(model) ?? (await buildModel(model));

/**
 * Runs the model's `build` if a file in its folder is newer than the last one. What has none is built with the workspace.
 * @returns why it failed, in the compiler's own words; undefined when the model is built
 */
export async function buildModel(model: Model): Promise<string | undefined> {
  const {
    folder,
    manifest: { build },
  } = model;
  if (!build) return compileFailure(model);
  if (newest(folder) <= lastBuild(folder)) return undefined;
  try {
    await promisify(execFile)(build[0]!, build.slice(1), { cwd: folder, timeout: TEN_MINUTES });
  } catch (error) {
    // Some compilers, tsc among them, tell their errors on stdout.
    const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string };
    return failed(stderr?.trim() || stdout || message);
  }
  writeFileSync(stamp(folder), "");
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

function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}

const lastBuild = (folder: string) => (existsSync(stamp(folder)) ? statSync(stamp(folder)).mtimeMs : -1);

/** An empty file, outside the model's folder, whose time is that of the last build. */
function stamp(folder: string): string {
  const cache = join(projectRoot(), "node_modules/.cache/echolab");
  mkdirSync(cache, { recursive: true });
  return join(cache, createHash("sha256").update(folder).digest("hex").slice(0, 16));
}
