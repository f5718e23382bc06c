import type { Case } from "../case.ts";
import { KiB } from "../sizes.ts";
import { inWaves } from "../waves.ts";

export const halfClose: Case[] = [
  {
    number: 2,
    id: "tcp/half-close/fin-without-data",
    tier: "must",
    pace: "quick",
    requirement: "answers a FIN that comes before any data with its own FIN",
    from: "libuv shutdown_eof",
    async run(subject) {
      const client = await subject.connect();
      client.halfClose();
      await client.expectFin();
    },
  },
  {
    number: 10,
    id: "tcp/half-close/send-then-fin",
    tier: "must",
    pace: "quick",
    requirement: "sends back all that came before the client's FIN, then its own FIN",
    from: "Protohackers 0; libuv tcp_shutdown_after_write; nginx half_close",
    needs: [2, 15],
    async run(subject) {
      const bytes = subject.bytes(64 * KiB);
      await inWaves(subject, async (count) => {
        const clients = await subject.connectServed(count); // what is lost before that is the subject of case 11
        for (const client of clients) {
          client.send(bytes);
          client.halfClose();
        }
        for (const client of clients) {
          await client.expect(bytes, subject.deadline(count));
          await client.expectFin();
          subject.forget(client);
        }
      });
    },
  },
];
