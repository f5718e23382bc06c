import type { Manifest } from "@echolab/model";
import type { Case } from "./case.ts";
import { descriptors } from "./cases/descriptors.ts";
import { echo } from "./cases/echo.ts";
import { ending } from "./cases/ending.ts";
import { halfClose } from "./cases/half-close.ts";
import { manyClients } from "./cases/many-clients.ts";
import { neverReads } from "./cases/never-reads.ts";
import { overload } from "./cases/overload.ts";
import { property } from "./cases/property.ts";
import { resets } from "./cases/resets.ts";
import { slowClients } from "./cases/slow-clients.ts";
import { soak } from "./cases/soak.ts";
import { start } from "./cases/start.ts";
import { timing } from "./cases/timing.ts";
import { tooFew } from "./cases/too-few.ts";
import { udp } from "./cases/udp.ts";

const groups = [start, echo, halfClose, manyClients, overload, neverReads, slowClients];
const order = ({ number }: Case) => (typeof number === "number" ? number : 100 + Number(number.slice(1)));

/** Every case, by number; UDP's after TCP's. */
export const cases: readonly Case[] = [...groups, resets, descriptors, tooFew, timing, ending, property, soak, udp]
  .flat()
  .sort((a, b) => order(a) - order(b));

/** Those for the protocol that a server speaks. */
export const casesFor = ({ protocol }: Manifest) => cases.filter(({ id }) => id.startsWith(`${protocol}/`));

/** What a case needs that says nothing else of it: the bytes that were sent come back, or the datagram. */
const BASIC = { tcp: 4, udp: "U3" } as const;

/** The cases from whose failure that of `testCase` may come; each may need others. */
export function needsOf({ id, needs = [BASIC[id.startsWith("udp/") ? "udp" : "tcp"]], symptomOf = [] }: Case): Case[] {
  return cases.filter(({ number }) => needs.includes(number) || symptomOf.includes(number));
}

const timed: readonly Case["number"][] = [7, 8, 9, 10, 12, 22, 23, "U1", "U3", "U4", "U8"];

/**
 * A server that fails one of these loses bytes, takes memory without end, or lets one client stop the others: it is
 * not timed.
 */
export const beforeTiming = (manifest: Manifest): Case[] =>
  casesFor(manifest).filter(({ number }) => timed.includes(number));
