import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./root.ts";

/** What is kept of all models' builds, outside their folders. */
export function cacheFolder(): string {
  const folder = join(projectRoot(), "node_modules/.cache/echolab");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The name of what is kept of one model's builds. */
export function cached(folder: string, what: "built" | "home"): string {
  return join(cacheFolder(), `${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.${what}`);
}

/** The home folder of a model's builds: what a compiler keeps there makes the next build short. */
export function buildHome(folder: string): string {
  const home = cached(folder, "home");
  mkdirSync(home, { recursive: true });
  return home;
}
