import { EPOLLOUT, Epoll, Socket } from "@echolab/posix-sockets";
import type { Poller, Stream } from "./poller.ts";

/** Readiness: it is told which sockets can be read and written, and then reads and writes. */
export class EpollPoller implements Poller {
  readonly #epoll = new Epoll();

  connect(to: { host: string; port: number }): Stream {
    return new EpollStream(Socket.connectNonBlocking(to), this.#epoll);
  }

  wait(timeout: number): number {
    return this.#epoll.wait(timeout);
  }

  fd(i: number): number {
    return this.#epoll.fd(i);
  }

  events(i: number): number {
    return this.#epoll.events(i);
  }

  close(): void {
    this.#epoll.close();
  }
}

class EpollStream implements Stream {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #epoll: Epoll;

  constructor(socket: Socket, epoll: Epoll) {
    this.fd = socket.fd;
    this.#socket = socket;
    this.#epoll = epoll;
    epoll.add(socket.fd, EPOLLOUT);
  }

  want(events: number): void {
    this.#epoll.modify(this.fd, events);
  }

  tryRecv(into: Buffer): number {
    return this.#socket.tryRecv(into);
  }

  trySend(from: Buffer, start: number, end: number): number {
    return this.#socket.trySend(from, start, end);
  }

  pendingError(): Error | undefined {
    return this.#socket.pendingError();
  }

  shutdown(): void {
    this.#socket.shutdown("write");
  }

  close(): void {
    this.#epoll.delete(this.fd);
    this.#socket.close();
  }
}
