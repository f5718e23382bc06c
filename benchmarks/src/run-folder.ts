import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@echolab/model";
import type { Result } from "./result.ts";

/** More than any run of this project has written. */
const ROOM_BYTES = 8 * 2 ** 20;

/** Where runs are kept. */
export const runsFolder = () => join(projectRoot(), "runs");

/** A run takes minutes: that its results cannot be kept is said before it begins. @throws Error with the path and what to do */
export function requireRoom(): void {
  const runs = runsFolder();
  try {
    mkdirSync(runs, { recursive: true });
    const probe = mkdtempSync(join(runs, ".probe-"));
    try {
      writeFileSync(join(probe, "probe"), Buffer.alloc(65_536));
    } finally {
      rmSync(probe, { recursive: true });
    }
  } catch (error) {
    throw new Error(`results cannot be kept: ${explain(error, runs)}`);
  }
  const { bavail, blocks, bsize } = statfsSync(runs);
  // Some file systems count no blocks at all.
  if (blocks > 0 && bavail * bsize < ROOM_BYTES)
    throw new Error(
      `results cannot be kept: only ${Math.floor((bavail * bsize) / 1024)} KiB are free in ${runs}: remove old runs, or make room`,
    );
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: "is another user's: work in a checkout of your own",
  EPERM: "is another user's: work in a checkout of your own",
  EROFS: "is on a read-only file system: work in a checkout that can be written",
  ENOSPC: "is on a full disk: remove old runs, or make room",
  EDQUOT: "is beyond this user's quota: remove old runs, or make room",
  ENOTDIR: "is no folder: remove it",
  EEXIST: "is no folder: remove it",
};

function explain(error: unknown, path: string): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return ADVICE[code] ? `${path} ${ADVICE[code]} (${code})` : message;
}

/** The folder of one run, and no other's. A failed write does not end the run: `unwritten` says why. */
export class RunFolder {
  /** `20260102T030405Z-42`; where another run began in the same second with the same seed, `20260102T030405Z-42-2`. */
  readonly id: string;
  readonly path: string;
  #unwritten: string | undefined;

  constructor(startedAt: Date, seed: number) {
    const id = runId(startedAt, seed);
    mkdirSync(runsFolder(), { recursive: true });
    this.id = firstFree((n) => (n === 1 ? id : `${id}-${n}`));
    this.path = join(runsFolder(), this.id);
  }

  /** Why not everything is on disk; undefined when it is. */
  get unwritten(): string | undefined {
    return this.#unwritten;
  }

  /** One window more. */
  append(record: object): void {
    this.#attempt(() => appendFileSync(join(this.path, "blocks.ndjson"), `${JSON.stringify(record)}\n`));
  }

  async keep(result: Result): Promise<void> {
    this.#write("result.json", () => `${JSON.stringify(result, null, 1)}\n`);
    // Only now: what draws charts takes a while to load, and nothing else needs it.
    const { renderReport, renderSummary } = await import("./report/index.ts");
    this.#write("report.html", () => renderReport(result));
    this.#write("summary.md", () => renderSummary(result));
  }

  /** Whole or not at all: somebody may read it, or end this process, right now. */
  #write(name: string, render: () => string): void {
    const [file, draft] = [join(this.path, name), join(this.path, `${name}.new`)];
    this.#attempt(() => {
      try {
        writeFileSync(draft, render());
        renameSync(draft, file);
      } finally {
        rmSync(draft, { force: true });
      }
    });
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#unwritten ??= explain(error, this.path);
    }
  }
}

/** `20260102T030405Z-42` */
export const runId = (startedAt: Date, seed: number) => `${startedAt.toISOString().replace(/[-:]|\.\d+/g, "")}-${seed}`;

/** Makes the first of these folders that is not there yet. */
function firstFree(name: (n: number) => string): string {
  for (let n = 1; ; n += 1) {
    try {
      mkdirSync(join(runsFolder(), name(n)));
      return name(n);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
