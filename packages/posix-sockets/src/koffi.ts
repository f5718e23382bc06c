import { createRequire } from "node:module";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import type { default as Koffi } from "koffi";
import { type Architecture, supportedArchitecture } from "./platform.ts";

/**
 * koffi, without what its own search costs each thread that starts: it reads Node's binary to learn which C library that
 * has. glibc's native module is asked for instead, and found once: threads are told where it is. Where it cannot be
 * loaded, koffi finds its own.
 * @param from where koffi is looked for; in a bundle that is CommonJS, import.meta.url is undefined
 */
export function loadKoffi(from: string = import.meta.url ?? __filename): typeof Koffi {
  const cpu = supportedArchitecture();
  const require = createRequire(from);
  const key = `koffi for ${from}`;
  try {
    const found = getEnvironmentData(key) ?? findNativeModule(require, cpu);
    const koffi = require(found as string);
    setEnvironmentData(key, found);
    return koffi;
  } catch (error) {
    if (isNotExecutable(error)) throw new Error(noexecMessage(error), { cause: error });
    return require("koffi");
  }
}

function findNativeModule(require: NodeJS.Require, cpu: Architecture): string {
  // A dependency of koffi, not of this package: it is looked for where koffi is.
  return createRequire(require.resolve("koffi")).resolve(`@koromix/koffi-linux-${cpu}/linux_${cpu}/koffi.node`);
}

/** The dynamic linker may not map code from this filesystem (mount(8), noexec); glibc and musl say it in these words. */
function isNotExecutable(error: unknown): error is Error {
  const { code, message } = error as { code?: string; message: string };
  return code === "ERR_DLOPEN_FAILED" && /failed to map segment|Operation not permitted/.test(message);
}

const noexecMessage = ({ message }: Error) =>
  "posix-sockets cannot load the native module of koffi: its filesystem does not allow programs (mounted noexec). " +
  `Install the project on one that does, or mount this one with exec (${message})`;
