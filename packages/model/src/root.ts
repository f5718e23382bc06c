import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout that this file belongs to. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "pnpm-workspace.yaml"))) {
    if (folder === dirname(folder))
      throw new Error("Echolab runs from its own checkout: no pnpm-workspace.yaml above it");
    folder = dirname(folder);
  }
  return folder;
}
