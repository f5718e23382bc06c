import type { Case } from "./case.ts";
import { echo } from "./cases/echo.ts";
import { ending } from "./cases/ending.ts";
import { halfClose } from "./cases/half-close.ts";
import { manyClients } from "./cases/many-clients.ts";
import { neverReads } from "./cases/never-reads.ts";
import { resets } from "./cases/resets.ts";
import { start } from "./cases/start.ts";

/** Every case, by number. */
export const cases: readonly Case[] = [start, echo, halfClose, manyClients, neverReads, resets, ending]
  .flat()
  .sort((a, b) => a.number - b.number);

/**
 * A server that fails one of these loses bytes, takes memory without end, or lets one client stop the others: it is
 * not timed.
 */
export const beforeTiming: readonly Case[] = cases.filter(({ number }) => [7, 8, 9, 10, 12, 22, 23].includes(number));
