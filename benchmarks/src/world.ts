import { Epoll, Socket } from "@echolab/posix-sockets";
import { monotonic } from "./monotonic.ts";

/** What the load generator needs of the world: a clock, a poller and sockets. Tests bring one whose time is their own. */
export interface World {
  /** Milliseconds; monotonic. */
  now(): number;
  /** CPU time of this process so far, in milliseconds. */
  cpu(): number;
  poller(): Poller;
  /** Begins to connect; the socket is writable once it has, or has failed. @see Socket.connectNonBlocking */
  connect(to: { host: string; port: number }): Stream;
}

export type Poller = Pick<Epoll, "add" | "modify" | "delete" | "wait" | "fd" | "events" | "close">;
export type Stream = Pick<Socket, "fd" | "tryRecv" | "trySend" | "pendingError" | "shutdown" | "close">;

/** The real one. */
export const kernel: World = {
  now: monotonic,
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  poller: () => new Epoll(),
  connect: (to) => Socket.connectNonBlocking(to),
};
