import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { guardFolder } from "./guard.ts";
import { ManifestError } from "./manifest.ts";

/** Where a command writes what it has found. It was opened before any work began. */
export interface Output {
  /** Two outputs with the same one would overwrite each other. */
  readonly path: string;
  /** All that is known by now, in place of what was written before. A stream cannot take that back: it gets nothing yet. */
  write(text: string): void;
  /** The last word. */
  finish(text: string): void;
}

/** How long a reader of a pipe may do nothing, in milliseconds. */
const SLOWEST_READER_MS = 10_000;
const RETRY_MS = 10;

/**
 * Opens what a person has named as an output, before the work begins. A device, a pipe, or this process's own stdout by
 * another name is written to, once; anything else is a file, which is replaced as a whole. Missing folders are made.
 * @throws ManifestError where nothing can be written
 */
export function openOutput(name: string, from: string): Output {
  const path = resolve(from, name);
  try {
    if (name === "") throw new Error("it has no name");
    const there = statSync(path, { throwIfNoEntry: false });
    const stream = there && streamOf(path, there);
    return stream === undefined ? fileOutput(path) : streamOutput(path, stream);
  } catch (error) {
    throw new ManifestError(`${name || '""'} cannot be written: ${(error as Error).message}`);
  }
}

/** Its descriptor, if it is no regular file. Opening it does not wait for anything. */
function streamOf(path: string, there: Stats): number | undefined {
  const isSame = (fd: number) => fstatSync(fd).ino === there.ino && fstatSync(fd).dev === there.dev;
  const own = [1, 2].find(isSame);
  if (own !== undefined) return own;
  if (there.isFile()) return undefined;
  if (there.isDirectory()) throw new Error("it is a folder");
  if (there.isBlockDevice()) throw new Error("it is a disk");
  if (there.isSocket()) throw new Error("it is a socket");
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
    throw new Error("no program reads from this pipe: start the reader first");
  }
}

function streamOutput(path: string, stream: number): Output {
  return {
    path,
    write() {},
    finish(text) {
      const bytes = Buffer.from(text);
      let giveUpAt = performance.now() + SLOWEST_READER_MS;
      for (let written = 0; written < bytes.length; ) {
        try {
          written += writeSync(stream, bytes, written);
          giveUpAt = performance.now() + SLOWEST_READER_MS;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || performance.now() > giveUpAt) throw error;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
        }
      }
      if (stream > 2) closeSync(stream);
    },
  };
}

/** Whole or not at all: another program may read it, or end this one, right now. */
function fileOutput(named: string): Output {
  const path = followed(named);
  // A new name, which no one can have put a link at: what is written there follows no link.
  const beside = join(dirname(path), `.echolab-${randomBytes(8).toString("hex")}`);
  const create = (text: string) => {
    rmSync(beside, { recursive: true, force: true });
    writeFileSync(beside, text, { flag: "wx", mode: statSync(path, { throwIfNoEntry: false })?.mode ?? 0o666 });
  };
  const write = (text: string) => {
    try {
      create(text);
      renameSync(beside, path);
    } catch (error) {
      rmSync(beside, { force: true });
      if (!isInPlace(error, path)) throw error;
      writeFileSync(path, text);
    }
  };
  guardFolder(beside);
  try {
    create("");
  } catch (error) {
    if (!isInPlace(error, path)) throw error;
    closeSync(openSync(path, "r+")); // whether it can be written
  }
  rmSync(beside, { force: true });
  return { path, write, finish: write };
}

/** Whether a file is there that cannot be replaced, but may be written: one that a container has mounted, or in a folder of another user's. */
function isInPlace(error: unknown, path: string): boolean {
  return ["EROFS", "EACCES", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "") && existsSync(path);
}

/** Where the links lead, also where nothing is there yet; the folders to it are there then. */
function followed(path: string): string {
  makeFolder(dirname(path));
  const real = join(realpathSync(dirname(path)), basename(path));
  if (!lstatSync(real, { throwIfNoEntry: false })?.isSymbolicLink()) return real;
  return followed(resolve(dirname(real), readlinkSync(real)));
}

/** Not by `recursive`: with that, mkdir tries for ever in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}
