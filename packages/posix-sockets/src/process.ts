import { readdirSync, readFileSync } from "node:fs";
import { checkTime, checkWhole } from "./checks.ts";
import * as libc from "./libc.ts";

/**
 * Ends the process at once (_exit(2)), whatever its threads wait for. `process.exit` waits for them: for ever, if one
 * is blocked in a system call.
 * @param code 0 to 255: the kernel would cut off the rest, so that 256 said success
 */
export function exitNow(code: number): never {
  checkWhole("an exit code", code, 0, 255);
  libc._exit(code);
  throw new Error("unreachable: _exit returned");
}

// Code that ends processes, and must not depend on this package, finds it here.
Object.assign(globalThis, { [Symbol.for("posix-sockets.exitNow")]: exitNow });

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

/** Puts this thread to sleep. @param milliseconds 0 or more; fractions count, down to about 0.05; Infinity never ends */
export function sleep(milliseconds: number): void {
  checkTime(milliseconds);
  Atomics.wait(neverWoken, 0, 0, milliseconds);
}

const clock = new Int32Array(1);
const time = new BigInt64Array(2); // seconds, nanoseconds

/** CPU time, in nanoseconds, of all threads of a process, the ended ones too (clock_getcpuclockid(3)); 0 where it is gone. */
export function cpuTime(pid: number): number {
  checkWhole("a process id", pid, 1, 0x7fff_ffff);
  if (libc.clock_getcpuclockid(pid, clock) !== 0 || libc.clock_gettime(clock[0]!, time) !== 0) return 0;
  return Number(time[0]) * 1e9 + Number(time[1]);
}

/** How many descriptors this process may still open: RLIMIT_NOFILE (getrlimit(2)) less those that are open. */
export function descriptorsLeft(): number {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
  if (soft === "unlimited") return Number.POSITIVE_INFINITY;
  return Number(soft) - readdirSync("/proc/self/fd").length;
}
