export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const LEAST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 100;

/**
 * Looks until something is found, and again each time a tenth more of the time has passed: to look at all processes of
 * a machine takes milliseconds.
 * @param milliseconds how long at the most
 * @returns the last thing that was found: a value that is false in a condition, where the time was over
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
