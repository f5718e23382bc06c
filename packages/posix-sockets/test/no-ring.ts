import { UnavailableError } from "../src/errors.ts";
import { IoUring } from "../src/io-uring.ts";

/** Why this machine has no io_uring; undefined where it has. */
export const noRing = ((): string | undefined => {
  try {
    new IoUring().close();
    return undefined;
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
})();
