import { execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  findModels,
  guardFolder,
  guardSession,
  ManifestError,
  type Model,
  projectRoot,
  unguardSession,
} from "@echolab/model";

/** Characters of what a build says that are kept. */
const LAST_WORDS = 10_000;

/**
 * The servers of another revision of this checkout, built in a temporary folder that goes when this tool ends.
 * `event-loop` of `v1.0` is `event-loop@v1.0`. @throws ManifestError for a revision that is none
 */
export async function modelsOfRevision(ref: string): Promise<Model[]> {
  const root = projectRoot();
  await requireRevision(root, ref);
  const folder = mkdtempSync(join(tmpdir(), "echolab-against-"));
  guardFolder(folder);
  // Only the servers and what they are made of: the load and the measure are this revision's.
  const script = `set -e
git -C "$0" archive "$1" | tar --extract
shift
"$@" install --frozen-lockfile --prefer-offline
"$@" --recursive --filter "{./packages/server-*}..." run build`;
  await inSession(["/bin/sh", "-c", script, root, ref, ...pnpm()], folder).catch((error: Error) => {
    throw new Error(`${ref} could not be built: ${error.message}`);
  });
  return findModels(folder, ["own"]).map((model) => ({ ...model, name: `${model.name}@${ref}`, isForeign: false }));
}

/** @throws ManifestError */
async function requireRevision(root: string, ref: string): Promise<void> {
  try {
    await promisify(execFile)("git", ["-C", root, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  } catch (error) {
    // Without a word, the revision is not there; else something is wrong with the checkout, or with git.
    const { stderr = "", code } = error as { stderr?: string; code?: unknown };
    const why = code === "ENOENT" ? "there is no git on PATH" : stderr.trim().split("\n")[0];
    throw new ManifestError(
      why ? `--against ${ref}: ${why}` : `git knows no revision "${ref}" here: git log --oneline lists them`,
    );
  }
}

/** Runs a command in a session of its own, which ends with this tool. @throws Error with its last lines */
function inSession([program, ...words]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program!, words, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid) guardSession(child.pid);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-LAST_WORDS)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (child.pid) unguardSession(child.pid);
      if (code === 0) resolve();
      else reject(new Error(said.trim().split("\n").slice(-5).join("\n")));
    });
  });
}

/** The pnpm that runs this script; without one, what the README starts. */
function pnpm(): [string, ...string[]] {
  const path = process.env["npm_execpath"];
  if (!path?.includes("pnpm")) return ["npx", "--yes", "pnpm@12"];
  return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
}
