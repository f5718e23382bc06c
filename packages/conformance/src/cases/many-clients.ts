import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import { requireRoom } from "../room.ts";
import type { TestClient } from "../test-client.ts";

const oneAtATime: Case["applies"] = ({ clients }) => (clients === 1 ? "by design" : "required");
const skipOneAtATime: Case["applies"] = ({ clients }) =>
  clients === 1 ? { skip: "serves one client at a time: see case 17" } : "required";

export const manyClients: Case[] = [
  {
    number: 15,
    id: "tcp/many-clients/own-bytes",
    tier: "must",
    pace: "quick",
    requirement: "gives each of 5 interleaved clients its own bytes, in order",
    from: "Protohackers 0: at least 5 clients",
    needs: [16],
    applies: skipOneAtATime,
    async run(subject) {
      const clients = await subject.connectServed(subject.atMost(5));
      for (let round = 0; round < 20; round += 1) {
        const messages = clients.map((_, i) => Buffer.from(`client ${i} round ${round} `));
        for (const [i, client] of clients.entries()) client.send(messages[i]!);
        for (const [i, client] of clients.entries()) await client.expect(messages[i]!);
      }
    },
  },
  {
    number: 16,
    id: "tcp/many-clients/second-while-first-stalls",
    tier: "robustness",
    pace: "quick",
    requirement: "answers a second client while the first one stays silent half-way",
    from: "CMU 15-213, concurrent proxy; rule 3",
    applies: oneAtATime,
    async run(subject) {
      const first = await subject.connect();
      first.send(subject.bytes(8).subarray(0, 4));
      const second = await subject.connect();
      await second.echo(subject.bytes(8, 1), 1000 + subject.deadline(2));
    },
    async opposite(subject) {
      const [first] = await subject.connectServed(1);
      if ((await first!.end(subject.within(300))) !== "nothing")
        throw new Failure("the first client was sent away after one answer", "answer");
      const second = await subject.connect();
      second.send(subject.bytes(8, 1));
      const early = await second.receive(8, subject.within(500));
      if (early.length > 0) throw new Failure("declares one client at a time, and answered a second one", "answer");
      first!.close();
      await second.expect(subject.bytes(8, 1));
    },
  },
  {
    number: 17,
    id: "tcp/many-clients/queue-moves-up",
    tier: "bounded",
    pace: "quick",
    requirement: "serves in full whoever waited, also one that has sent its FIN, once the client before it leaves",
    from: "the delayed accept of UNP 4.5; Linux tcp(7)",
    needs: [2],
    applies: ({ clients }) => (clients === 1 ? "required" : { skip: "serves more than one client at a time" }),
    async run(subject) {
      const [first] = await subject.connectServed(1);
      const second = await subject.connect();
      second.send("B");
      await second.halfClose(); // or the first one would leave before it
      first!.close();
      await second.expect(Buffer.from("B"));
      await second.expectFin();
    },
  },
  {
    number: 18,
    id: "tcp/many-clients/100-at-once",
    tier: "robustness",
    pace: "full",
    requirement: "serves 100 clients, or as many as it declares, who all write before they all read, ten times",
    from: "CMU 15-441 cp1_checker",
    needs: [15],
    applies: skipOneAtATime,
    async run(subject) {
      const count = subject.atMost(100);
      await requireRoom(subject, count);
      const clients: TestClient[] = [];
      while (clients.length < count)
        clients.push(...(await subject.connectServed(Math.min(10, count - clients.length))));
      const deadline = subject.deadline(count);
      for (let round = 0; round < 10; round += 1) {
        for (const [i, client] of clients.entries()) client.send(subject.bytes(512, i + round));
        await Promise.all(clients.map((client, i) => client.expect(subject.bytes(512, i + round), deadline)));
      }
    },
  },
  {
    number: 19,
    id: "tcp/many-clients/1000-held",
    tier: "robustness",
    pace: "full",
    requirement:
      "answers every tenth of 1,000 clients, or of as many as it declares, while the others are silent: 99 % within 1 s",
    from: "CMU 15-441; the C10K problem",
    needs: [15],
    applies: skipOneAtATime,
    async run(subject) {
      const clients: TestClient[] = [];
      const count = subject.atMost(1000);
      await requireRoom(subject, count);
      while (clients.length < count)
        clients.push(...(await subject.connectServed(Math.min(10, count - clients.length)))); // or a short backlog would be the subject
      const active = clients.filter((_, i) => i % 10 === 0);
      const times = await Promise.all(
        active.map(async (client, i) => {
          const before = performance.now();
          for (let round = 0; round < 5; round += 1) await client.echo(subject.bytes(64, i + round));
          return (performance.now() - before) / 5;
        }),
      );
      const p99 = times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]!;
      if (p99 > subject.within(1000))
        throw new Failure(`required: 99 % of the answers within 1 s; came: ${Math.round(p99)} ms`);
      return `${clients.length} clients, 99 % within ${p99.toFixed(1)} ms`;
    },
  },
];
