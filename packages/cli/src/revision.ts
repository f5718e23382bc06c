import { execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findModels, guardFolder, ManifestError, type Model, projectRoot } from "@echolab/model";

const run = promisify(execFile);

/**
 * The servers of another revision of this checkout, built in a temporary folder that goes when this tool ends.
 * `event-loop` of `v1.0` is `event-loop@v1.0`. @throws ManifestError for a revision that is none
 */
export async function modelsOfRevision(ref: string, signal: AbortSignal): Promise<Model[]> {
  const root = projectRoot();
  try {
    await run("git", ["-C", root, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  } catch {
    throw new ManifestError(`git knows no revision "${ref}" here: git log --oneline lists them`);
  }
  const folder = mkdtempSync(join(tmpdir(), "echolab-against-"));
  guardFolder(folder);
  await extract(root, ref, folder);
  // Only the servers and what they are made of: the load and the measure are this revision's.
  const [command, ...words] = pnpm();
  const options = { cwd: folder, signal, maxBuffer: 1e8 };
  try {
    await run(command, [...words, "install", "--frozen-lockfile", "--prefer-offline"], options);
    await run(command, [...words, "--recursive", "--filter", "{./packages/server-*}...", "run", "build"], options);
  } catch (error) {
    if (signal.aborted) return [];
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${ref} could not be built: ${`${stdout}\n${stderr}`.trim().split("\n").slice(-5).join("\n")}`);
  }
  return findModels(folder, ["own"]).map((model) => ({ ...model, name: `${model.name}@${ref}`, isForeign: false }));
}

/** `git archive REF | tar --extract` */
function extract(root: string, ref: string, folder: string): Promise<void> {
  const archive = spawn("git", ["-C", root, "archive", ref], { stdio: ["ignore", "pipe", "inherit"] });
  const tar = spawn("tar", ["--extract", "--directory", folder], { stdio: [archive.stdout, "ignore", "inherit"] });
  return new Promise((resolve, reject) => {
    for (const child of [archive, tar]) child.once("error", reject);
    tar.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with exit code ${code}`))));
  });
}

/** The pnpm that runs this script; without one, what the README starts. */
function pnpm(): [string, ...string[]] {
  const path = process.env["npm_execpath"];
  if (!path?.includes("pnpm")) return ["npx", "--yes", "pnpm@12"];
  return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
}
