import type { Case } from "./case.ts";
import { halfClose } from "./cases/half-close.ts";
import { manyClients } from "./cases/many-clients.ts";

/** Every case, by number. */
export const cases: readonly Case[] = [...halfClose, ...manyClients].sort((a, b) => a.number - b.number);

/** A server that fails one of these loses bytes: it is not timed. */
export const beforeTiming: readonly Case[] = cases.filter(({ number }) => number >= 7 && number <= 10);
