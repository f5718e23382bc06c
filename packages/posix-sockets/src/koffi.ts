import { createRequire } from "node:module";
import type { default as Koffi } from "koffi";
import { supportedArchitecture } from "./platform.ts";

/**
 * koffi, without its search for the right native module: that reads Node's own binary to learn which C library it has,
 * a tenth of the time that a thread takes to start. glibc's is asked for first; where there is none, koffi finds its own.
 * @param from where koffi is looked for
 */
export function loadKoffi(from: string = import.meta.url): typeof Koffi {
  const cpu = supportedArchitecture();
  const require = createRequire(from);
  try {
    // A dependency of koffi, not of this package: it is looked for where koffi is.
    return createRequire(require.resolve("koffi"))(`@koromix/koffi-linux-${cpu}/linux_${cpu}/koffi.node`);
  } catch {
    return require("koffi");
  }
}
