import { fileURLToPath } from "node:url";

export { Relay, type RelayOptions } from "./relay.ts";
export type { Toxics } from "./toxics.ts";
export { type DatagramToxics, UdpRelay, type UdpRelayOptions } from "./udp-relay.ts";

/** The relay as a program, for whoever must not do its work itself: `node relayProgram tcp HOST PORT OPTIONS`, or `udp`. */
export const relayProgram = fileURLToPath(new URL("./main.js", import.meta.url));
