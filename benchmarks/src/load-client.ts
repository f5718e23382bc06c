import { EPOLLIN, EPOLLOUT } from "@echolab/posix-sockets";
import { Counted } from "./counted.ts";
import type { Messages } from "./messages.ts";
import type { Stream } from "./poller.ts";

/** The server answered with something else than it was sent: whatever it measures, it is no echo server. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}

/** Is told of each whole answer: when its message was to be sent, when it was, and how long it is. */
export type OnAnswer = (client: LoadClient, intendedAt: number, sentAt: number, bytes: number) => void;

const chunk = Buffer.allocUnsafe(256 * 1024);

/**
 * One client of the load. Its messages are numbered by turn: [#oldest, #next) are under way, and of these
 * [#sending, #next) have not left yet. Each byte of an answer is compared as it comes.
 */
export class LoadClient extends Counted {
  readonly stream: Stream;
  readonly index: number;
  readonly #messages: Messages;
  #connected = false;
  #waitsForRoom = false;
  #oldest = 0;
  #next = 0;
  #sending = 0;
  /** Bytes of `#sending` that have left, and bytes of `#oldest` that have come back. */
  #sent = 0;
  #received = 0;
  /** By turn, modulo their length, which is a power of two. */
  #intendedAt = new Float64Array(4);
  #sentAt = new Float64Array(4);
  /** Messages sent since it came. */
  asked = 0;

  constructor(index: number, stream: Stream, messages: Messages) {
    super();
    this.index = index;
    this.stream = stream;
    this.#messages = messages;
  }

  /** Messages without an answer. */
  get underWay(): number {
    return this.#next - this.#oldest;
  }

  forEachUnderWay(each: (intendedAt: number) => void): void {
    for (let turn = this.#oldest; turn < this.#next; turn += 1)
      each(this.#intendedAt[turn & (this.#intendedAt.length - 1)]!);
  }

  /** Returns true when it is connected now and was not before; throws if it was refused. */
  connect(): boolean {
    if (this.#connected) return false;
    const error = this.stream.pendingError();
    if (error) throw error;
    this.#connected = true;
    this.stream.want(EPOLLIN);
    return true;
  }

  /** Sends the next message, or as much of it as there is room for. @param intendedAt when it was to be sent */
  ask(intendedAt: number, now: number): void {
    if (this.underWay === this.#intendedAt.length) this.#grow();
    this.#intendedAt[this.#next & (this.#intendedAt.length - 1)] = intendedAt;
    this.#next += 1;
    this.asked += 1;
    if (this.#sending === this.#next - 1) this.sendRest(now);
  }

  /** Sends what is left of the messages under way; asks to be told when there is room, if there is none now. */
  sendRest(now: number): void {
    while (this.#sending < this.#next) {
      const message = this.#messages.of(this.index, this.#sending);
      const taken = this.stream.trySend(message, this.#sent, message.length);
      if (taken === -1) break;
      if (this.#sent === 0) this.#sentAt[this.#sending & (this.#sentAt.length - 1)] = now;
      this.#sent += taken;
      if (this.#sent < message.length) break;
      this.#sending += 1;
      this.#sent = 0;
    }
    const isShort = this.#sending < this.#next;
    if (isShort === this.#waitsForRoom) return;
    this.#waitsForRoom = isShort;
    this.stream.want(isShort ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  /** Reads once, and tells `onAnswer` of each answer that is whole now. False at the server's FIN. @throws WrongAnswer */
  receive(onAnswer: OnAnswer): boolean {
    const length = this.stream.tryRecv(chunk);
    if (length === 0) return false;
    for (let start = 0; start < length; ) {
      const message = this.#messages.of(this.index, this.#oldest);
      const sent = this.#oldest < this.#sending ? message.length : this.#sent;
      const end = start + Math.min(length - start, message.length - this.#received);
      if (this.#oldest === this.#next || this.#received + (end - start) > sent)
        throw new WrongAnswer(`${length - start} bytes more came back than were sent`);
      const received = this.#received + (end - start);
      if (message.compare(chunk, start, end, this.#received, received) !== 0)
        throw new WrongAnswer(`a wrong byte came back between byte ${this.#received} and ${received} of a message`);
      this.#received = received;
      start = end;
      if (received === message.length) this.#answered(message.length, onAnswer);
    }
    return true;
  }

  #answered(bytes: number, onAnswer: OnAnswer): void {
    const place = this.#oldest & (this.#intendedAt.length - 1);
    this.#oldest += 1;
    this.#received = 0;
    this.replies += 1;
    onAnswer(this, this.#intendedAt[place]!, this.#sentAt[place]!, bytes);
  }

  /** Nobody has waited for the last `milliseconds`: the server was parked. */
  skip(milliseconds: number): void {
    for (let turn = this.#oldest; turn < this.#next; turn += 1) {
      this.#intendedAt[turn & (this.#intendedAt.length - 1)]! += milliseconds;
      this.#sentAt[turn & (this.#sentAt.length - 1)]! += milliseconds;
    }
  }

  /** FIN: it has said everything. */
  leave(): void {
    this.stream.shutdown();
  }

  close(): void {
    this.stream.close();
  }

  #grow(): void {
    const [intendedAt, sentAt] = [this.#intendedAt, this.#sentAt];
    this.#intendedAt = new Float64Array(2 * intendedAt.length);
    this.#sentAt = new Float64Array(2 * sentAt.length);
    for (let turn = this.#oldest; turn < this.#next; turn += 1) {
      const place = turn & (this.#intendedAt.length - 1);
      this.#intendedAt[place] = intendedAt[turn & (intendedAt.length - 1)]!;
      this.#sentAt[place] = sentAt[turn & (sentAt.length - 1)]!;
    }
  }
}
