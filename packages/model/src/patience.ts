import type { Manifest } from "./manifest.ts";

// What it costs, in milliseconds, to start a thread or a process for one client: measured on two slow cores.
const START = { none: 0, thread: 37, process: 62 };

/** Milliseconds after which `clients` who came at the same time must all have been served, on a slow and busy machine. */
export function patience({ isolation }: Manifest, clients: number): number {
  return 2000 + clients * 3 * START[isolation];
}
