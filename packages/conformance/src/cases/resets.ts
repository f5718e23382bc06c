import type { Case } from "../case.ts";
import { descriptorsOf, haveLeft } from "../descriptors.ts";
import { Failure } from "../failure.ts";
import { MORE_THAN_BUFFERS } from "../kernel-queues.ts";
import { KiB } from "../sizes.ts";
import { PATIENCE_MS } from "../standstill.ts";
import { fewerToStart } from "../waves.ts";

export const resets: Case[] = [
  {
    number: 27,
    id: "tcp/resets/in-mid-echo",
    tier: "robustness",
    pace: "full",
    requirement: "survives up to 100 clients that send 100 KB and reset the connection before they have read it",
    from: "libuv tcp_close_reset; nodejs/node #6211",
    needs: [29],
    async run(subject) {
      const before = descriptorsOf(subject);
      for (let i = 0; i < fewerToStart(subject, 100); i += 1) {
        const client = await subject.connect();
        client.send(subject.bytes(100 * KiB, i));
        if ((await client.receive(1)).length === 0) throw new Failure("100 KB sent, and nothing came back", "answer");
        client.reset();
      }
      await haveLeft(subject, before);
    },
  },
  {
    number: 28,
    id: "tcp/resets/before-any-byte",
    tier: "robustness",
    pace: "quick",
    requirement: "survives clients that reset at once, also while they wait behind another one",
    from: "accept(2), ECONNABORTED; UNP 5.11",
    async run(subject) {
      const resets = 10;
      const before = descriptorsOf(subject);
      for (let i = 0; i < resets; i += 1) (await subject.connect()).reset();
      // Each of them may have had a thread or a process started for it.
      const first = await subject.connect();
      await first.echo(subject.bytes(8), subject.deadline(resets));
      for (const client of await subject.connectBehind(resets)) client.reset();
      await first.echo(subject.bytes(8));
      first.close();
      await haveLeft(subject, before);
    },
  },
  {
    number: 29,
    id: "tcp/resets/closed-unread",
    tier: "robustness",
    pace: "quick",
    requirement:
      "survives clients that send until the server can take no more, and close without reading (EPIPE, SIGPIPE)",
    from: "signal(7), SIGPIPE; nginx",
    needs: [28],
    async run(subject) {
      for (let i = 0; i < 3; i += 1) {
        const before = descriptorsOf(subject);
        const [client] = await subject.connectUnreading();
        await client!.offer(2 * MORE_THAN_BUFFERS, subject.within(PATIENCE_MS));
        client!.close();
        await haveLeft(subject, before);
      }
    },
  },
];
