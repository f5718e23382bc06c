// A server that knows what it does: it answers each message after a delay, pauses once if it is told to, and writes
// down when it answered. node known-delay.js DELAY PAUSE FILE; both in ms; the pause comes after half a second.
// It asks the kernel round and round, because a sleep would add what nobody could tell from the delay.
import { renameSync, writeFileSync, writeSync } from "node:fs";
import { EPOLLIN, Epoll, Socket } from "@echolab/posix-sockets";
import { readyLine } from "@echolab/protocol-core";
import { monotonic } from "./monotonic.ts";

const [delay = 0, pause = 0] = process.argv.slice(2, 4).map(Number);
const file = process.argv[4]!;
/** From the first message to the pause, in milliseconds. */
const UNTIL_PAUSE = 500;

const listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 16 });
writeSync(1, readyLine(listener.address()));

for (;;) {
  const client = listener.accept();
  client.setBlocking(false);
  const answeredAt = serve(client);
  client.close();
  // Whole or not at all: it is waited for.
  writeFileSync(`${file}.new`, JSON.stringify(answeredAt));
  renameSync(`${file}.new`, file);
}

/** One client with messages of 64 B. @returns when each was answered, in ms of CLOCK_MONOTONIC */
function serve(client: Socket): number[] {
  const epoll = new Epoll();
  epoll.add(client.fd, EPOLLIN);
  const bytes = new Uint8Array(64 * 1024);
  const due: { at: number; bytes: Uint8Array }[] = [];
  const answeredAt: number[] = [];
  let pauseAt = Number.POSITIVE_INFINITY;
  for (;;) {
    if (epoll.wait(0) > 0) {
      const length = client.recv(bytes);
      if (length === 0) break;
      const now = monotonic();
      if (pause > 0 && pauseAt === Number.POSITIVE_INFINITY) pauseAt = now + UNTIL_PAUSE;
      due.push({ at: now + delay, bytes: bytes.slice(0, length) });
    }
    const now = monotonic();
    if (now >= pauseAt) {
      while (monotonic() < now + pause);
      pauseAt = Number.MAX_VALUE;
    }
    for (; due[0] && due[0].at <= monotonic(); due.shift()) {
      const { bytes } = due[0];
      for (let sent = 0; sent < bytes.length; sent += 64) answeredAt.push(monotonic());
      client.sendAll(bytes);
    }
  }
  epoll.close();
  return answeredAt;
}
