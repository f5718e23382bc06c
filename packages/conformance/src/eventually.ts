export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Waits until `condition` holds. @returns false if it never did */
export async function eventually(condition: () => boolean, deadline: number): Promise<boolean> {
  for (const end = performance.now() + deadline; performance.now() < end; ) {
    if (condition()) return true;
    await pause(10);
  }
  return condition();
}
