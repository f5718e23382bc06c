import { pause } from "@echolab/model";
import type { Case } from "../case.ts";
import { Failure, Unverifiable } from "../failure.ts";
import { KiB, MiB } from "../sizes.ts";
import type { Subject } from "../subject.ts";

/** Answers to one peer that cannot be an honest client any more. */
const ENDLESS = 20_000;
/** Milliseconds after which we stop. */
const LONG_ENOUGH_MS = 10_000;
/** Datagrams that each sender leaves behind when it goes. */
const AT_ONCE = 3;
/** Datagrams that go round at the same time, for one who sends every answer back. */
const UNDER_WAY = 16;

/** Requires that what comes from this address is not answered. */
async function silentTowards(subject: Subject, from: { host: string; port: number }, whose: string): Promise<void> {
  const client = await subject.udp({ from }).catch((error: NodeJS.ErrnoException) => {
    throw new Unverifiable(`no socket could have ${from.host}:${from.port}: ${error.code}`);
  });
  client.send(subject.bytes(16));
  if (await client.receive(subject.within(500)))
    throw new Failure(`a datagram from ${whose} was answered: two such servers answer each other for ever`);
}

export const udp: Case[] = [
  {
    number: "U1",
    id: "udp/echo/sizes",
    tier: "must",
    pace: "quick",
    requirement: "sends datagrams of 1 to 65,507 bytes back, one for each",
    from: "RFC 862; libuv udp",
    async run(subject) {
      const client = await subject.udp();
      for (const size of [1, 512, 1472, 8192, 65_507]) await client.echo(subject.bytes(size));
    },
  },
  {
    number: "U2",
    id: "udp/echo/empty",
    tier: "must",
    pace: "quick",
    requirement: "answers a datagram of 0 bytes with one of 0 bytes",
    from: "Netty testReceiveEmptyDatagrams",
    async run(subject) {
      const client = await subject.udp();
      await client.echo(new Uint8Array(0));
      await client.echo(subject.bytes(8));
    },
  },
  {
    number: "U3",
    id: "udp/echo/from-the-same-address",
    tier: "must",
    pace: "quick",
    requirement: "answers from the address that it was asked at",
    from: "Go net, udpServerTests with dial",
    needs: [],
    async run(subject) {
      const client = await subject.udp(); // a connected socket hears of no other address
      await client.echo(subject.bytes(32));
    },
  },
  {
    number: "U4",
    id: "udp/many-clients/own-datagrams",
    tier: "must",
    pace: "quick",
    requirement: "gives each of 5 clients its own 100 datagrams",
    from: "nginx stream_udp",
    async run(subject) {
      const clients = await Promise.all(Array.from({ length: 5 }, () => subject.udp()));
      await Promise.all(
        clients.map(async (client, i) => {
          for (let n = 0; n < 100; n += 1) await client.echo(Buffer.from(`client ${i} datagram ${n}`), 2);
        }),
      );
    },
  },
  {
    number: "U5",
    id: "udp/errors/sender-is-gone",
    tier: "robustness",
    pace: "quick",
    requirement: "survives 100 senders that are gone before its answer comes (ICMP, ECONNREFUSED)",
    from: "libuv udp_recvmsg_unreachable_error",
    async run(subject) {
      for (let i = 0; i < 100; i += 1) {
        const client = await subject.udp();
        // A datagram leaves at once. While the server answers the first one, the client goes: the others find it gone.
        for (let n = 0; n < AT_ONCE; n += 1) client.send(subject.bytes(16, i));
        client.close();
      }
    },
  },
  {
    number: "U6",
    id: "udp/loops/suspicious-senders",
    tier: "robustness",
    pace: "quick",
    requirement: "does not answer its own port on another address, nor a port below 1024",
    from: "FreeBSD inetd check_loop; CA-1996-01",
    async run(subject) {
      await silentTowards(subject, { host: "127.0.0.2", port: subject.address.port }, "its own port");
      // Only root has ports below 1024: for everybody else the first half is what can be asked.
      if (process.getuid?.() === 0) await silentTowards(subject, { host: "127.0.0.1", port: 1023 }, "port 1023");
    },
  },
  {
    number: "U7",
    id: "udp/loops/answers-run-dry",
    tier: "robustness",
    pace: "quick",
    requirement: "does not answer for ever who sends every answer back",
    from: "CVE-2024-2169",
    async run(subject) {
      const before = subject.server.memory();
      const client = await subject.udp();
      let answers = 0;
      const from = performance.now();
      const end = from + subject.within(LONG_ENOUGH_MS);
      // Each answer that is not given is one datagram less that goes round: a server with a limit comes to an end.
      for (let i = 0; i < UNDER_WAY; i += 1) client.send(subject.bytes(64, i));
      for (;;) {
        const answer = await client.receive(subject.within(1000)); // a busy machine may need a while for one
        if (!answer) break;
        answers += 1;
        if (answers === ENDLESS)
          throw new Failure(
            `required: it stops answering a client that sends each answer back; came: ${answers} answers, and it goes on`,
          );
        if (performance.now() > end)
          throw new Unverifiable(
            `this machine is too slow: ${answers} answers, where a server may grant some thousands`,
          );
        client.send(answer);
      }
      const grown = (subject.server.memory() - before) / MiB;
      if (grown > 32) throw new Failure(`required: at most 32 MiB more memory; came: ${grown.toFixed(0)} MiB more`);
      return `${answers} answers in ${((performance.now() - from) / 1000).toFixed(1)} s`;
    },
  },
  {
    number: "U8",
    id: "udp/echo/no-amplification",
    tier: "robustness",
    pace: "quick",
    requirement: "sends no more datagrams, and no more bytes, than it is sent",
    from: "CA-1996-01",
    async run(subject) {
      const client = await subject.udp();
      for (let i = 0; i < 100; i += 1) {
        client.send(subject.bytes(KiB, i));
        await pause(1);
      }
      const answers = await client.listen(subject.within(300));
      const bytes = answers.reduce((sum, { length }) => sum + length, 0);
      if (answers.length > 100 || bytes > 100 * KiB)
        throw new Failure(`100 datagrams of ${KiB} bytes sent; ${answers.length} with ${bytes} bytes came back`);
    },
  },
  {
    number: "U9",
    id: "udp/echo/unpaced",
    tier: "informational",
    pace: "quick",
    requirement: "answers what it can of 20,000 datagrams that nobody paces",
    from: "RFC 768: delivery is not guaranteed",
    async run(subject) {
      const client = await subject.udp();
      for (let i = 0; i < 20_000; i += 1) client.send(subject.bytes(64));
      let answers = 0;
      for (let more = await client.listen(300); more.length > 0; more = await client.listen(300))
        answers += more.length;
      return `${((answers / 20_000) * 100).toFixed(0)} % of 20,000 answered`;
    },
  },
];
