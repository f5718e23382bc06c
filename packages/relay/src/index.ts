import { fileURLToPath } from "node:url";

export { Relay, type RelayOptions } from "./relay.ts";
export type { Toxics } from "./toxics.ts";

/** The relay as a program, for whoever must not do its work itself: `node relayProgram HOST PORT OPTIONS`. */
export const relayProgram = fileURLToPath(new URL("./main.js", import.meta.url));
