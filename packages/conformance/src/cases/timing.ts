import { pause } from "@echolab/model";
import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import { requireRoom } from "../room.ts";
import { MiB } from "../sizes.ts";
import type { TestClient } from "../test-client.ts";

const REQUESTS = 200;
/** Milliseconds. Linux waits 40 ms with an acknowledgement; Nagle's algorithm waits for it. */
const DELAYED_ACK = 35;

/** Milliseconds until what was sent in these parts has come back. */
async function time(client: TestClient, parts: readonly Uint8Array[]): Promise<number> {
  const before = performance.now();
  for (const part of parts) client.send(part);
  await client.expect(Buffer.concat(parts));
  return performance.now() - before;
}

/** A quarter of them are below. */
const quartile = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)]!;

export const timing: Case[] = [
  {
    number: 30,
    id: "tcp/signals/stopped-and-continued",
    tier: "robustness",
    pace: "full",
    requirement: "loses nothing when it is stopped and continued five times, in an echo of 32 MiB and while idle",
    from: "libuv eintr_handling; signal(7), Interruption of system calls",
    needs: [8],
    async run(subject) {
      const { server } = subject;
      const stopAndGo = async () => {
        for (let i = 0; i < 5; i += 1) {
          await pause(50);
          server.park();
          await pause(100);
          server.resume();
        }
      };
      const client = await subject.connect();
      await client.echo(subject.bytes(8));
      const echo = client.stream({ seed: subject.seed, length: 32 * MiB, fin: true });
      await Promise.all([echo, stopAndGo()]);
      await client.expectFin();
      await stopAndGo();
    },
  },
  {
    number: 35,
    id: "tcp/timing/burst",
    tier: "informational",
    pace: "full",
    requirement: "serves, or refuses, 200 clients who connect at once",
    from: "listen(2), backlog; tcp(7), tcp_syn_retries",
    applies: ({ clients }) => (clients === 1 ? { skip: "serves one client at a time" } : "required"),
    async run(subject) {
      const count = subject.atMost(200);
      await requireRoom(subject, count);
      const before = performance.now();
      const times = await Promise.all(
        Array.from({ length: count }, async () => {
          const client = await subject.connect({ deadline: subject.deadline(count) }).catch(() => undefined);
          const connected = performance.now() - before;
          const served = await client?.echo(subject.bytes(8), subject.deadline(count)).then(
            () => performance.now() - before,
            () => undefined,
          );
          return { connected, served };
        }),
      );
      const served = times.flatMap(({ served }) => served ?? []);
      // A SYN that found the queue full is sent again after 1 s.
      const late = times.filter(({ connected }) => connected > 900).length;
      return `${served.length} of ${count} served, the last after ${(Math.max(0, ...served) / 1000).toFixed(2)} s; ${late} had to send their SYN again`;
    },
  },
  {
    number: 36,
    id: "tcp/timing/no-delayed-acknowledgement",
    tier: "robustness",
    pace: "quick",
    requirement: "answers requests in one part and in two without waiting 40 ms for an acknowledgement",
    from: "nginx stream_tcp_nodelay; tcp(7), TCP_NODELAY, TCP_QUICKACK",
    async run(subject) {
      const client = await subject.connect({ noDelay: false });
      const results: string[] = [];
      for (const parts of [1, 2]) {
        const size = 16 / parts;
        const [usual, times]: [number[], number[]] = [[], []];
        for (let i = 0; i < REQUESTS; i += 1) {
          const bytes = subject.bytes(17, i);
          // A message of one byte is neither cut nor held back: what it takes is the machine's doing.
          usual.push(await time(client, [bytes.subarray(16)]));
          const cut = Array.from({ length: parts }, (_, part) => bytes.subarray(part * size, (part + 1) * size));
          times.push(await time(client, cut));
        }
        // Not the median: where a machine is busy, every second answer may be late; where one is held back, nearly all are.
        const [least, leastUsual] = [quartile(times), quartile(usual)];
        results.push(`${least.toFixed(2)} ms`);
        if (least > DELAYED_ACK && least > leastUsual + DELAYED_ACK / 2)
          throw new Failure(
            `${REQUESTS} requests in ${parts} part${parts === 1 ? "" : "s"}: required: a quarter of them within ${DELAYED_ACK} ms; came: ${least.toFixed(1)} ms`,
          );
      }
      return `a quarter of them within ${results.join(" and ")}`;
    },
  },
  {
    number: 37,
    id: "tcp/signals/urgent-data",
    tier: "informational",
    pace: "full",
    requirement: "survives an urgent byte (MSG_OOB) in a stream",
    from: "libuv tcp_oob; tcp(7), SO_OOBINLINE",
    async run(subject) {
      // Only here, because it loads a native library.
      const { Socket } = await import("@echolab/posix-sockets");
      const socket = Socket.connect(subject.address);
      try {
        socket.sendAll(Buffer.from("abhel"));
        socket.sendUrgent(Buffer.from("x"));
        socket.sendAll(Buffer.from("lo"));
        socket.setBlocking(false);
        const into = new Uint8Array(64);
        let text = "";
        for (let i = 0; i < 20 && !text.endsWith("lo"); i += 1) {
          await pause(50);
          const length = socket.tryRecv(into);
          if (length > 0) text += Buffer.from(into.subarray(0, length)).toString("latin1");
        }
        return `of abhel, an urgent x, and lo came back ${text === "" ? "nothing" : text}`;
      } finally {
        socket.close();
      }
    },
  },
];
