import { pause } from "@echolab/model";
import { SeededBytes } from "@echolab/protocol-core";
import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import { MORE_THAN_BUFFERS, SEND_BUFFER, SMALL_BUFFER } from "../kernel-queues.ts";
import { KiB, MiB } from "../sizes.ts";
import { requireStopped, STREAM_PATIENCE_MS } from "../standstill.ts";
import { inWaves } from "../waves.ts";

/** Sizes from 1 to 65,535, the same for the same seed. */
function randomSizes(seed: number): () => number {
  const random = new SeededBytes(seed);
  return () => Math.max(1, Buffer.from(random.next(2)).readUInt16BE());
}

export const echo: Case[] = [
  {
    number: 3,
    id: "tcp/echo/no-newline",
    tier: "must",
    pace: "quick",
    requirement: "sends bytes back as they come, and does not wait for a newline",
    from: "RFC 862; the opposite of CMU's line echo",
    needs: [],
    async run(subject) {
      // Each from a client of its own: what comes after an answer is the subject of case 14.
      for (const text of ["x", "abc"]) {
        const client = await subject.connect();
        await client.echo(Buffer.from(text), 1000 + subject.deadline());
        await client.leave();
      }
    },
  },
  {
    number: 4,
    id: "tcp/echo/every-byte",
    tier: "must",
    pace: "quick",
    requirement: "sends every byte back as it is: NUL, CR, LF, 0xFF, invalid UTF-8, half a character",
    from: "Node test-net-binary; Protohackers 0",
    needs: [14],
    async run(subject) {
      const client = await subject.connect();
      const bytes = Uint8Array.from({ length: 1024 }, (_, i) => i & 255);
      await client.echo(bytes);
      const character = Buffer.from("\u{1f600}"); // four bytes of UTF-8, in two halves
      client.send(character.subarray(0, 2));
      await pause(50);
      client.send(character.subarray(2));
      await client.expect(character);
    },
  },
  {
    number: 5,
    id: "tcp/echo/ping-pong",
    tier: "must",
    pace: "quick",
    requirement: "answers 1,000 messages of 5 bytes, one at a time",
    from: "libuv tcp_ping_pong; Go nettest PingPong",
    async run(subject) {
      const client = await subject.connect();
      const bytes = subject.bytes(5000);
      for (let i = 0; i < bytes.length; i += 5) await client.echo(bytes.subarray(i, i + 5));
    },
  },
  {
    number: 6,
    id: "tcp/echo/one-byte-writes",
    tier: "must",
    pace: "quick",
    requirement: "sends 10,000 bytes back in order that came one by one",
    from: "nginx stream_tcp_nodelay",
    async run(subject) {
      const client = await subject.connect();
      await client.stream({ seed: subject.seed, length: 10_000, piece: () => 1 });
    },
  },
  {
    number: 7,
    id: "tcp/echo/random-pieces",
    tier: "must",
    pace: "quick",
    requirement: "sends 1 MiB back that comes in pieces of 1 to 65,535 bytes",
    from: "Netty SocketEchoTest; Go nettest BasicIO",
    async run(subject) {
      const client = await subject.connect();
      await client.stream({ seed: subject.seed, length: MiB, piece: randomSizes(subject.seed) });
    },
  },
  {
    number: 8,
    id: "tcp/echo/16-mib",
    tier: "must",
    pace: "quick",
    requirement:
      "sends 16 MiB back, of which the client reads the last ones only when the server can send no more, then FIN",
    from: "Autobahn 9.1.6",
    needs: [10],
    async run(subject) {
      const client = await subject.connect({ receiveBuffer: SMALL_BUFFER });
      const length = Math.max(16 * MiB, MORE_THAN_BUFFERS);
      const patience = subject.within(STREAM_PATIENCE_MS);
      await client.stream({ seed: subject.seed, length, unread: MORE_THAN_BUFFERS, patience, fin: true });
      await client.expectFin();
    },
  },
  {
    number: 11,
    id: "tcp/echo/early-data",
    tier: "must",
    pace: "quick",
    requirement: "loses nothing that is sent, with a FIN, in the same breath as the connect, by one client of many",
    from: "Node test-net-server-pause-on-connect",
    needs: [10, 30],
    async run(subject) {
      await inWaves(subject, async (count, wave) => {
        const deadline = subject.deadline(count);
        const bytesOf = (i: number) => subject.bytes(5, wave * count + i);
        // When the server looks for the first time, the bytes and the FIN of each client are there.
        const clients = await subject.whileParked(async () => {
          const coming = Array.from({ length: count }, (_, i) => subject.connect({ early: bytesOf(i), deadline }));
          const all = await Promise.all(coming);
          await Promise.all(all.map((client) => client.finHasLeft()));
          return all;
        });
        for (const [i, client] of clients.entries()) {
          await client.expect(bytesOf(i));
          await client.expectFin();
          subject.forget(client);
        }
      });
    },
  },
  {
    number: 13,
    id: "tcp/echo/after-a-pause",
    tier: "must",
    pace: "quick",
    requirement: "still answers after 2 s of silence, within 1 s",
    from: "RFC 862: until the calling user terminates",
    async run(subject) {
      const client = await subject.connect();
      await client.echo(subject.bytes(5));
      await pause(2000);
      await client.echo(subject.bytes(5, 1), subject.within(1000));
    },
  },
  {
    number: 14,
    id: "tcp/echo/nothing-more",
    tier: "must",
    pace: "quick",
    requirement: "sends nothing of its own: no banner, no newline, no prompt",
    from: "CodeCrafters; RFC 862",
    needs: [3],
    async run(subject) {
      const client = await subject.connect();
      await client.echo(Buffer.from("hello"), 1000 + subject.deadline()); // text: to change bytes is another mistake
      const end = await client.end(subject.within(300));
      if (end !== "nothing") throw new Failure(`required: silence for 300 ms after the answer; came: ${end}`);
    },
  },
  {
    number: 9,
    id: "tcp/echo/64-mib-to-a-late-reader",
    tier: "robustness",
    pace: "full",
    requirement:
      "takes no more of 64 MiB than it can send, and loses nothing, when the client begins to read only then",
    from: "libuv tcp_writealot; Netty 100 MiB",
    needs: [8, 22],
    async run(subject) {
      const client = await subject.connect({ receiveBuffer: SMALL_BUFFER });
      const patience = subject.within(STREAM_PATIENCE_MS);
      const length = 64 * MiB;
      requireStopped(await client.stream({ seed: subject.seed, length, unread: length, patience, fin: true }));
      await client.expectFin();
    },
  },
  {
    number: 12,
    id: "tcp/echo/4-mib-after-fin",
    tier: "robustness",
    pace: "full",
    requirement:
      "sends all of 4 MiB back, and of what its kernel cannot keep, to a client that has sent its FIN and reads late and slowly",
    from: "Netty testAllDataReadAfterHalfClosure",
    needs: [9, 10],
    async run(subject) {
      const client = await subject.connect({ receiveBuffer: SMALL_BUFFER });
      const length = Math.max(4 * MiB, MORE_THAN_BUFFERS);
      const reading = { unread: length, patience: subject.within(STREAM_PATIENCE_MS), readSlowly: 5 };
      await client.stream({ seed: subject.seed, length, piece: () => 256 * KiB, fin: true, ...reading });
      await client.expectFin();
      return `${(length / MiB).toFixed(1)} MiB; the kernel keeps ${SEND_BUFFER / MiB} MiB for a sender (net.ipv4.tcp_wmem)`;
    },
  },
];
