import { EPOLLOUT, Epoll } from "@echolab/posix-sockets";
import type { Crowd, WindowReport } from "./generator-protocol.ts";
import { LoadClient, WrongAnswer } from "./load-client.ts";
import { Messages } from "./messages.ts";
import { Recorder } from "./recorder.ts";

/** Everybody comes at once; each asks, thinks, asks again, and leaves when it has been answered often enough. */
export function crowd(command: Crowd, seed: number): WindowReport {
  const { bytes, requests, think, deadline } = command;
  const epoll = new Epoll();
  const messages = new Messages(bytes, seed);
  const recorder = new Recorder();
  const byFd: LoadClient[] = [];
  /** Who is still there, and when it will have thought long enough: Infinity while it waits for an answer. */
  const asksAt = new Map<LoadClient, number>();
  const leftAt = new Map<LoadClient, number>();

  const start = performance.now();
  recorder.start(start);
  const clients = Array.from({ length: command.clients }, (_, i) => {
    const client = new LoadClient(i, command, epoll, messages);
    client.arrive(start);
    byFd[client.socket.fd] = client;
    asksAt.set(client, Number.POSITIVE_INFINITY);
    return client;
  });
  const answered = (client: LoadClient, now: number) => {
    recorder.reply(client.answered(now), true);
    if (client.replies < requests) {
      asksAt.set(client, now + think);
      return;
    }
    client.close();
    asksAt.delete(client);
    leftAt.set(client, now);
  };

  let now = start;
  try {
    while (asksAt.size > 0 && now < start + deadline) {
      const next = Math.min(...asksAt.values(), start + deadline);
      const ready = epoll.wait(Math.max(0, Math.ceil(next - now)));
      now = performance.now();
      for (let i = 0; i < ready; i += 1) {
        const client = byFd[epoll.fd(i)]!;
        if (step(client, epoll.events(i)) === "answered") answered(client, performance.now());
      }
      for (const [client, time] of asksAt) {
        if (time > now) continue;
        client.ask(now);
        asksAt.set(client, Number.POSITIVE_INFINITY);
      }
    }
    // A client's share of the service is its speed: how many answers in the time that it had to stay.
    const speeds = clients.map((client) => client.replies / ((leftAt.get(client) ?? now) - start));
    return recorder.report(clients, now, now, "blocking", speeds);
  } finally {
    for (const client of asksAt.keys()) client.close();
    epoll.close();
  }
}

function step(client: LoadClient, events: number): "answered" | "more" {
  if (events & EPOLLOUT) {
    if (client.writable()) client.ask(client.sentAt);
    return "more";
  }
  const result = client.receive();
  if (result === "closed") throw new WrongAnswer("the server closed a connection that was in use");
  return result;
}
