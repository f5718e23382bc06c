export type Architecture = "x64" | "arm64";

// `process` is the global: importing names from node:process would open stdin, and make it non-blocking.

/** The architecture, or one clear error: every number and layout in this package is Linux's. */
export function supportedArchitecture(os: string = process.platform, cpu: string = process.arch): Architecture {
  if (os === "linux" && (cpu === "x64" || cpu === "arm64")) return cpu;
  throw new Error(`posix-sockets speaks to the Linux kernel, on x64 and arm64; this is ${os} on ${cpu}`);
}
