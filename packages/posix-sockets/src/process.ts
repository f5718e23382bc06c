import { readdirSync, readFileSync } from "node:fs";
import * as libc from "./libc.ts";

/**
 * Ends the process at once (_exit(2)), whatever its threads wait for. `process.exit` waits for them: for ever, if one
 * is blocked in a system call.
 * @param code 0 to 255
 */
export function exitNow(code: number): never {
  libc._exit(code);
  throw new Error("unreachable: _exit returned");
}

// Whoever ends processes, and must not depend on this package, finds it here.
Object.assign(globalThis, { [Symbol.for("posix-sockets.exitNow")]: exitNow });

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

/** Puts this thread to sleep. @param milliseconds fractions count, down to about 0.05 */
export function sleep(milliseconds: number): void {
  Atomics.wait(nobodyWakes, 0, 0, milliseconds);
}

const clock = new Int32Array(1);
const time = new BigInt64Array(2); // seconds, nanoseconds

/** CPU time, in nanoseconds, of all threads of a process, the ended ones too (clock_getcpuclockid(3)); 0 where it is gone. */
export function cpuTime(pid: number): number {
  if (libc.clock_getcpuclockid(pid, clock) !== 0 || libc.clock_gettime(clock[0]!, time) !== 0) return 0;
  return Number(time[0]) * 1e9 + Number(time[1]);
}

/** How many descriptors this process may still open: RLIMIT_NOFILE (getrlimit(2)) less those that are open. */
export function descriptorsLeft(): number {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
  if (soft === "unlimited") return Number.POSITIVE_INFINITY;
  return Number(soft) - readdirSync("/proc/self/fd").length;
}
