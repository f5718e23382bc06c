import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import { MiB } from "../sizes.ts";
import { PATIENCE_MS, requireStopped } from "../standstill.ts";

export const neverReads: Case[] = [
  {
    number: 22,
    id: "tcp/never-reads/bounded-memory",
    tier: "robustness",
    pace: "full",
    requirement:
      "stops taking bytes, and keeps its memory within 32 MiB, while a client offers 256 MiB and reads nothing",
    from: "redis client-output-buffer limits; Netty water marks",
    needs: [8],
    symptomOf: [3], // what waits for a newline is kept
    async run(subject) {
      const [client] = await subject.connectUnreading();
      const before = subject.server.memory();
      const still = await client!.offer(256 * MiB, subject.within(PATIENCE_MS));
      const grown = Math.round((subject.server.memory() - before) / MiB);
      if (grown > 32) throw new Failure(`required: at most 32 MiB more memory; came: ${grown} MiB more`);
      requireStopped(still);
      return `${(still.inHand / MiB).toFixed(1)} MiB in its hands`;
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
      const [stuck] = await subject.connectUnreading();
      await stuck!.offer(64 * MiB, subject.within(PATIENCE_MS));
      const other = await subject.connect();
      await other.echo(subject.bytes(64), 1000 + subject.deadline());
    },
    async opposite(subject) {
      const [stuck] = await subject.connectUnreading();
      await stuck!.offer(64 * MiB, subject.within(PATIENCE_MS));
      const other = await subject.connect();
      other.send(subject.bytes(64));
      const early = await other.receive(64, subject.within(500));
      if (early.length > 0) throw new Failure("declares one client at a time, and answered a second one", "answer");
      stuck!.reset();
      await other.expect(subject.bytes(64));
    },
  },
];
