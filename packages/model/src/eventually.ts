import { setTimeout as pause } from "node:timers/promises";

export { pause };

const LEAST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 100;

/**
 * Calls `look` until it returns something truthy, or the time is over. The pauses grow with the time waited (a tenth of
 * it, 5 to 100 ms), because reading all of /proc takes milliseconds.
 * @param milliseconds at most; may be Infinity
 * @returns what `look` returned last
 */
export async function eventually<T>(look: () => T, milliseconds: number): Promise<T> {
  const start = performance.now();
  for (let passed = 0; passed < milliseconds; passed = performance.now() - start) {
    const found = look();
    if (found) return found;
    await pause(Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, passed / 10), milliseconds - passed));
  }
  return look();
}
