import { EPOLLIN, EPOLLOUT, type Epoll, Socket } from "@echolab/posix-sockets";
import type { Messages } from "./messages.ts";

/** The server answered with something else than it was sent: whatever it measures, it is no echo server. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}

const chunk = Buffer.allocUnsafe(256 * 1024);

/** One client of the load: at most one message under way, each byte of its answer compared as it comes. */
export class LoadClient {
  readonly socket: Socket;
  readonly #index: number;
  readonly #epoll: Epoll;
  readonly #messages: Messages;
  #connected = false;
  #turn = 0;
  #message: Buffer;
  #sent = 0;
  #received = 0;
  /** True from the first byte sent to the last byte received. */
  waiting = false;
  /** When the message under way was sent, in ms of `performance.now()`. */
  sentAt = 0;
  /** Until the last `startCounting`, and since then. */
  repliesBefore = 0;
  replies = 0;
  longestWait = 0;

  constructor(index: number, to: { host: string; port: number }, epoll: Epoll, messages: Messages) {
    this.#index = index;
    this.#epoll = epoll;
    this.#messages = messages;
    this.#message = messages.of(index, 0);
    this.socket = Socket.connectNonBlocking(to);
    epoll.add(this.socket.fd, EPOLLOUT);
  }

  /** When there is room: sends on. Returns true if that is because it is now connected; throws if it was refused. */
  writable(): boolean {
    if (!this.#connected) return this.connect();
    this.#sendRest();
    return false;
  }

  /** Returns true when it is connected now and was not before; throws if it was refused. */
  connect(): boolean {
    if (this.#connected) return false;
    const error = this.socket.pendingError();
    if (error) throw error;
    this.#connected = true;
    this.#epoll.modify(this.socket.fd, EPOLLIN);
    return true;
  }

  ask(now: number): void {
    this.#message = this.#messages.of(this.#index, this.#turn++);
    this.#sent = 0;
    this.#received = 0;
    this.waiting = true;
    this.sentAt = now;
    this.#sendRest();
  }

  /** Reads once. `answered` when the whole answer is there, `closed` at the server's FIN. @throws WrongAnswer */
  receive(): "answered" | "more" | "closed" {
    const length = this.socket.tryRecv(chunk);
    if (length === 0) return "closed";
    if (length === -1) return "more";
    const end = this.#received + length;
    if (!this.waiting || end > this.#message.length) {
      throw new WrongAnswer(
        `${this.waiting ? end - this.#message.length : length} bytes more came back than were sent`,
      );
    }
    if (this.#message.compare(chunk, 0, length, this.#received, end) !== 0) {
      throw new WrongAnswer(`a wrong byte came back between byte ${this.#received} and ${end} of a message`);
    }
    this.#received = end;
    return end === this.#message.length ? "answered" : "more";
  }

  /** Takes note of a whole answer. @returns how long it took, in milliseconds */
  answered(now: number): number {
    this.waiting = false;
    this.replies += 1;
    const wait = now - this.sentAt;
    if (wait > this.longestWait) this.longestWait = wait;
    return wait;
  }

  /** What came before counts no longer. */
  forget(): void {
    this.startCounting();
    this.repliesBefore = 0;
  }

  startCounting(): void {
    this.repliesBefore += this.replies;
    this.replies = 0;
    this.longestWait = 0;
  }

  /** Arrives: its first wait begins with its connect. */
  arrive(now: number): void {
    this.waiting = true;
    this.sentAt = now;
  }

  close(): void {
    this.#epoll.delete(this.socket.fd);
    this.socket.close();
  }

  /** Sends what is left of the message; asks to be told when there is room, if there is none now. */
  #sendRest(): void {
    const wasShort = this.#sent > 0;
    const sent = this.socket.trySend(this.#message, this.#sent, this.#message.length);
    this.#sent += Math.max(sent, 0);
    const isShort = this.#sent < this.#message.length;
    if (isShort !== wasShort) this.#epoll.modify(this.socket.fd, isShort ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}
