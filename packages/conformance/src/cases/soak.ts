import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import { soak as soakServer } from "../soak.ts";

export const soak: Case[] = [
  {
    number: 32,
    id: "tcp/soak/a-minute",
    tier: "robustness",
    pace: "soak",
    requirement: "keeps its descriptors, its memory and its speed over a minute of mixed load",
    from: "TigerBeetle, VOPR; the soak tests of envoy",
    async run(subject) {
      const { drifts, clients } = await soakServer(subject, 60_000);
      const growing = drifts.filter(({ grows }) => grows);
      if (growing.length > 0) {
        const words = growing.map(({ what, first, last }) => `${what} grew from ${first} to ${last}`);
        throw new Failure(`${words.join(", ")}, from the first third of a minute to the last`);
      }
      return `${clients} clients`;
    },
  },
];
