import { pause } from "@echolab/model";
import { Relay } from "@echolab/relay";
import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import { KiB, MiB } from "../sizes.ts";

const SLOW = 50;

export const slowClients: Case[] = [
  {
    number: 24,
    id: "tcp/slow-clients/reads-slowly",
    tier: "robustness",
    pace: "full",
    requirement: "sends what is right, and keeps its memory, while a client reads 20 KiB a second for 10 s",
    from: "toxiproxy, bandwidth",
    needs: [9, 22, 29],
    symptomOf: [22],
    async run(subject) {
      const [first] = await subject.connectServed(1); // with what it starts for a client
      subject.forget(first!);
      const before = subject.server.memory();
      const relay = await Relay.listen(subject.address, { down: { bandwidth: 20 * KiB } });
      try {
        const client = await subject.connect({ to: relay });
        await client.stream({ seed: subject.seed, length: 64 * MiB, back: 200 * KiB });
        const grown = (subject.server.memory() - before) / MiB;
        if (grown > 32) throw new Failure(`required: at most 32 MiB more memory; came: ${grown.toFixed(0)} MiB more`);
      } finally {
        relay.close();
      }
    },
  },
  {
    number: 25,
    id: "tcp/slow-clients/one-byte-a-second",
    tier: "robustness",
    pace: "full",
    requirement: `answers a client within 1 s while ${SLOW} others send a byte a second`,
    from: "slowloris; CVE-2018-12122",
    needs: [15],
    applies: ({ clients, overload }) => {
      if (clients === "many" || clients > SLOW) return "required";
      return overload === "queue" ? "by design" : { skip: `refuses whoever comes after ${clients}` };
    },
    async run(subject) {
      const slow = await subject.connectServed(SLOW);
      for (let second = 0; second < 3; second += 1) {
        for (const client of slow) client.send(subject.bytes(1));
        const client = await subject.connect();
        await client.echo(subject.bytes(64, second), subject.within(1000) + subject.deadline());
        client.close();
        await pause(900);
      }
      for (const client of slow) await client.expect(Buffer.concat([0, 1, 2].map(() => subject.bytes(1))));
    },
    async opposite(subject) {
      const slow = await subject.connectServed(subject.atMost(SLOW));
      const behind = await subject.connect();
      behind.send(subject.bytes(64));
      for (const client of slow) client.send(subject.bytes(1));
      const early = await behind.receive(64, subject.within(1000));
      if (early.length > 0) throw new Failure(`declares ${slow.length} at a time, and answered one more`, "answer");
      for (const client of slow) client.close();
      await behind.expect(subject.bytes(64));
    },
  },
  {
    number: 26,
    id: "tcp/slow-clients/idle-timeout",
    tier: "informational",
    pace: "full",
    requirement: "keeps, or ends, a connection that is silent for 5 s",
    from: "nginx proxy_timeout; xinetd",
    async run(subject) {
      const [client] = await subject.connectServed(1);
      const before = performance.now();
      const end = await client!.end(5000);
      const seconds = ((performance.now() - before) / 1000).toFixed(1);
      return end === "nothing"
        ? "still open after 5 s"
        : `ended after ${seconds} s by ${end === "fin" ? "FIN" : "a reset"}`;
    },
  },
];
