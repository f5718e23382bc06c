/**
 * From the clock of `performance.now()`, which starts with the process, to CLOCK_MONOTONIC, which all processes share.
 * Of several readings the one that took the shortest time: in that one, nobody took the processor in between.
 */
function readOffset(): number {
  let [offset, shortest] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 50; i += 1) {
    const before = performance.now();
    const now = Number(process.hrtime.bigint()) / 1e6;
    const took = performance.now() - before;
    if (took < shortest) [offset, shortest] = [now - before - took / 2, took];
  }
  return offset;
}

const offset = readOffset();

/** CLOCK_MONOTONIC (clock_gettime(2)) in milliseconds: times of different processes can be compared. */
export const monotonic = (): number => performance.now() + offset;
