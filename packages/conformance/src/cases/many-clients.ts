import { type Case, Failure } from "../case.ts";

const oneAtATime: Case["applies"] = ({ clients }) => (clients === 1 ? "by design" : "required");

export const manyClients: Case[] = [
  {
    number: 16,
    id: "tcp/many-clients/second-while-first-stalls",
    tier: "robustness",
    pace: "quick",
    requirement: "answers a second client while the first one stays silent half-way",
    from: "CMU 15-213 proxy lab; rule 3",
    applies: oneAtATime,
    async run(subject) {
      const first = await subject.connect();
      first.send(subject.bytes(8).subarray(0, 4));
      const second = await subject.connect();
      await second.echo(subject.bytes(8, 1), 1000);
    },
    async opposite(subject) {
      const [first] = await subject.connectServed(1);
      const second = await subject.connect();
      second.send(subject.bytes(8, 1));
      const early = await second.receive(8, 500);
      if (early.length > 0) throw new Failure("declares one client at a time, and answered a second one");
      first!.close();
      await second.expect(subject.bytes(8, 1));
    },
  },
];
