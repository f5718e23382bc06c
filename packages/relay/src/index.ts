export { Relay, type RelayOptions } from "./relay.ts";
export type { Toxics } from "./toxics.ts";
