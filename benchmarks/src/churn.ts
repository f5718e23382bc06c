import { EPOLLOUT, Epoll } from "@echolab/posix-sockets";
import type { Churn, WindowReport } from "./generator-protocol.ts";
import { LoadClient, WrongAnswer } from "./load-client.ts";
import { Messages } from "./messages.ts";
import { Recorder } from "./recorder.ts";

/** How long those who have come are waited for, in milliseconds. */
const LEAVING = 10_000;

/**
 * Connect, one echo, close, again and again. The window ends when the last one who came in time has left, so that a
 * server that is slow to take leave is not cut off in the middle of its work.
 */
export function churn(command: Churn, seed: number): WindowReport {
  const { clients, bytes, milliseconds, poll } = command;
  const epoll = new Epoll();
  const messages = new Messages(bytes, seed);
  const recorder = new Recorder();
  const everybody: LoadClient[] = [];
  const here = new Map<number, LoadClient>(); // by descriptor

  const start = performance.now();
  recorder.start(start);
  const come = (now: number) => {
    const client = new LoadClient(everybody.length, command, epoll, messages);
    client.arrive(now);
    everybody.push(client);
    here.set(client.socket.fd, client);
  };
  for (let i = 0; i < clients; i += 1) come(start);

  const end = start + milliseconds;
  let now = start;
  try {
    while (here.size > 0 && now < end + LEAVING) {
      const before = performance.now();
      const ready = epoll.wait(poll === "busy" ? 0 : 50);
      now = performance.now();
      if (ready === 0) recorder.idle += now - before;
      for (let i = 0; i < ready; i += 1) {
        const client = here.get(epoll.fd(i))!;
        if (!step(client, epoll.events(i), recorder)) continue;
        here.delete(client.socket.fd);
        client.close();
        if (now < end) come(now);
      }
    }
    return recorder.report(everybody, now, now, poll);
  } finally {
    for (const client of here.values()) client.close();
    epoll.close();
  }
}

/** @returns true when the client and the server have both said goodbye */
function step(client: LoadClient, events: number, recorder: Recorder): boolean {
  if (events & EPOLLOUT) {
    if (client.writable()) client.ask(client.sentAt);
    return false;
  }
  const result = client.receive();
  if (result === "answered") {
    recorder.reply(client.answered(performance.now()), true);
    client.socket.shutdown("write");
  }
  if (result === "closed" && client.waiting)
    throw new WrongAnswer("the server closed a connection before it had answered");
  return result === "closed";
}
