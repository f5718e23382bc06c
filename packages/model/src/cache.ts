import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./root.ts";

/** The name of what is kept of a model's builds, outside the model's folder. */
export function cached(folder: string, what: "built" | "home"): string {
  const cache = join(projectRoot(), "node_modules/.cache/echolab");
  mkdirSync(cache, { recursive: true });
  return join(cache, `${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.${what}`);
}

/** The home folder of a model's builds: what a compiler keeps there makes the next build short. */
export function buildHome(folder: string): string {
  const home = cached(folder, "home");
  mkdirSync(home, { recursive: true });
  return home;
}
