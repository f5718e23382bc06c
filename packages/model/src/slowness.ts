import { spawnSync } from "node:child_process";

/** Milliseconds that a bare Node takes to start and end, where limits of time and costs were measured. */
const USUAL = 45;
const TRIES = 3;
const MOST = 10;

/** How many times as slow as usual this machine is now, from 1 to 10: by what it takes to start a bare Node. */
export function slowness(): number {
  const times = Array.from({ length: TRIES }, () => {
    const before = performance.now();
    spawnSync(process.execPath, ["--eval", "0"], { stdio: "ignore", env: {} });
    return performance.now() - before;
  });
  const median = times.sort((a, b) => a - b)[Math.floor(TRIES / 2)]!;
  return Math.min(MOST, Math.max(1, median / USUAL));
}
