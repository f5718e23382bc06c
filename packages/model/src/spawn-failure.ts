import type { ChildProcess } from "node:child_process";

const LIMITS: Record<string, string> = {
  EAGAIN: "no more processes may be started here: raise ulimit -u, or pids.max of the control group",
  EMFILE: "this tool may open no more files: raise ulimit -n",
  ENFILE: "this machine may open no more files (fs.file-max)",
};

/** Why a program was not started, in words that name the limit, where it is one. */
export const spawnFailure = ({ code, message }: NodeJS.ErrnoException): string => LIMITS[code ?? ""] ?? message;

/** The same at once, for a program that is there and got no process: without descriptors, Node gives it no streams. */
export const limitReached = ({ stdin }: ChildProcess): string => LIMITS[stdin === undefined ? "EMFILE" : "EAGAIN"]!;
