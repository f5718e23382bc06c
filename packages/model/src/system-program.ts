import { accessSync, constants } from "node:fs";
import { join } from "node:path";

// Where a system keeps its own programs. Not PATH: a model.json may set that, and put another prlimit first on it.
const FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

const found = new Map<string, string | undefined>();

/** The path of a program of the system, such as prlimit or bwrap; undefined where it is not installed. */
export function systemProgram(name: string): string | undefined {
  if (!found.has(name)) found.set(name, FOLDERS.map((folder) => join(folder, name)).find(isExecutable));
  return found.get(name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
