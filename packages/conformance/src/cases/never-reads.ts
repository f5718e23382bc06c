import { type Case, Failure } from "../case.ts";
import { KiB, MiB } from "../sizes.ts";

const STALLED = 1000; // milliseconds
/** Two pieces: the second one leaves once the first one is taken. */
const LITTLE = 128 * KiB;
/** Whoever copies all that it keeps for each byte more takes it slowly. */
const SLOWLY = 10_000; // milliseconds

export const neverReads: Case[] = [
  {
    number: 22,
    id: "tcp/never-reads/bounded-memory",
    tier: "robustness",
    pace: "full",
    requirement: "keeps its memory within 32 MiB while a client offers 256 MiB and reads nothing",
    from: "redis client-output-buffer limits; Netty water marks",
    needs: [8],
    symptomOf: [3], // what waits for a newline is kept
    async run(subject) {
      const [client] = await subject.connectServed(1);
      const before = subject.server.memory();
      const end = performance.now() + subject.within(SLOWLY);
      let how = await client!.fill(256 * MiB, STALLED);
      while (how === "stalled" && performance.now() < end && (await client!.fill(LITTLE, STALLED)) === "all taken")
        how = await client!.fill(256 * MiB, STALLED);
      const grown = Math.round((subject.server.memory() - before) / MiB);
      if (grown > 32) throw new Failure(`required: at most 32 MiB more memory; came: ${grown} MiB more`);
      if (how === "all taken") throw new Failure("took all of 256 MiB from a client that read nothing", "answer");
    },
  },
  {
    number: 23,
    id: "tcp/never-reads/others-are-served",
    tier: "robustness",
    pace: "quick",
    requirement: "answers another client while one offers as much as it can and reads nothing",
    from: "redis client-output-buffer limits",
    needs: [15],
    applies: ({ clients }) => (clients === 1 ? "by design" : "required"),
    async run(subject) {
      const [stuck] = await subject.connectServed(1);
      await stuck!.fill(64 * MiB, 300);
      const other = await subject.connect();
      await other.echo(subject.bytes(64), 1000 + subject.deadline());
    },
    async opposite(subject) {
      const [stuck] = await subject.connectServed(1);
      await stuck!.fill(64 * MiB, 300);
      const other = await subject.connect();
      other.send(subject.bytes(64));
      const early = await other.receive(64, 500);
      if (early.length > 0) throw new Failure("declares one client at a time, and answered a second one", "answer");
      stuck!.reset();
      await other.expect(subject.bytes(64));
    },
  },
];
