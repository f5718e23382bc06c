import type { SocketAddress } from "@echolab/posix-sockets";
import { Counted } from "./counted.ts";
import type { DatagramSocket, DatagramSockets } from "./datagram-sockets.ts";
import { WrongAnswer } from "./load-client.ts";
import type { Messages } from "./messages.ts";

/** Each datagram begins with its number: without one nobody could tell which of them is missing. */
export const NUMBER_BYTES = 4;
/** A datagram without an answer for so many milliseconds is given up; if that comes within the window after all, it was not lost. */
export const LOST_AFTER = 200;
/** So many of one client are remembered: a power of two. */
const REMEMBERED = 4096;

/** Who guards against echo loops gives a port only so many answers at once: ours grants 5,000. From another one it goes on. */
const MOST_FROM_ONE_PORT = 4000;

/** What has become of a datagram; 0: it is of another window, and counts no longer. */
const UNDER_WAY = 1;
const ANSWERED = 2;
const GIVEN_UP = 3;

const scratch = Buffer.allocUnsafe(64 * 1024);

/** Called for each first answer to a datagram: when that was sent, and how long it is. */
export type OnDatagram = (client: DatagramClient, sentAt: number, bytes: number) => void;

/** One client of a UDP server. What comes back may be lost, duplicated or reordered; it may not be wrong. */
export class DatagramClient extends Counted {
  readonly #index: number;
  readonly #sockets: DatagramSockets;
  readonly #to: SocketAddress;
  #socket: DatagramSocket;
  #fromThisPort = 0;
  readonly #messages: Messages;
  readonly #sentAt = new Float64Array(REMEMBERED);
  readonly #fates = new Uint8Array(REMEMBERED);
  /** By turn: the first that may still be under way, and the one that is sent next. */
  #oldest = 0;
  #next = 0;
  /** The latest that has been answered. */
  #latest = -1;
  /** Without an answer, and not given up. */
  underWay = 0;
  /** Given up, and not come after all. */
  lost = 0;
  /** Answers to what had been answered already. */
  duplicates = 0;
  /** First answers that came after the answer to a later one. */
  reordered = 0;

  constructor(index: number, to: SocketAddress, messages: Messages, sockets: DatagramSockets) {
    super();
    this.#index = index;
    this.#sockets = sockets;
    this.#to = to;
    this.#socket = sockets.open(to);
    this.#messages = messages;
  }

  get fd(): number {
    return this.#socket.fd;
  }

  /** Nothing more may come from this port. */
  get isDone(): boolean {
    return this.#fromThisPort >= MOST_FROM_ONE_PORT;
  }

  /** To a port that the server has not heard of, with nothing under way. */
  moveOn(): void {
    this.#socket.close();
    this.#socket = this.#sockets.open(this.#to);
    this.#fromThisPort = 0;
  }

  ask(now: number): void {
    if (this.#next - this.#oldest === REMEMBERED) this.#settle(this.#oldest);
    const turn = this.#next++;
    const place = turn & (REMEMBERED - 1);
    this.#sentAt[place] = now;
    this.#fates[place] = UNDER_WAY;
    this.underWay += 1;
    this.#fromThisPort += 1;
    const message = this.#messages.of(this.#index, turn);
    message.copy(scratch);
    scratch.writeUInt32LE(turn >>> 0);
    this.#socket.send(scratch, message.length);
  }

  /** Reads one datagram. False where none is there. @throws WrongAnswer */
  receive(onDatagram: OnDatagram): boolean {
    const length = this.#socket.tryRecv(scratch);
    if (length === -1) return false;
    const turn = length < NUMBER_BYTES ? this.#next : scratch.readUInt32LE();
    if (turn >= this.#next) throw new WrongAnswer("a datagram came back that was not sent");
    const message = this.#messages.of(this.#index, turn);
    if (length !== message.length || message.compare(scratch, NUMBER_BYTES, length, NUMBER_BYTES) !== 0)
      throw new WrongAnswer(`another datagram came back than the one of ${message.length} bytes that was sent`);
    this.#came(turn, length, onDatagram);
    return true;
  }

  #came(turn: number, length: number, onDatagram: OnDatagram): void {
    const place = turn & (REMEMBERED - 1);
    const fate = turn < this.#next - REMEMBERED ? 0 : this.#fates[place];
    if (fate === ANSWERED) this.duplicates += 1;
    if (fate !== UNDER_WAY && fate !== GIVEN_UP) return;
    if (fate === GIVEN_UP) this.lost -= 1;
    else this.underWay -= 1;
    this.#fates[place] = ANSWERED;
    if (turn < this.#latest) this.reordered += 1;
    else this.#latest = turn;
    this.replies += 1;
    onDatagram(this, this.#sentAt[place]!, length);
  }

  /** Gives up what was sent at `time`, or before. */
  giveUp(time: number): void {
    while (this.#oldest < this.#next && this.#sentAt[this.#oldest & (REMEMBERED - 1)]! <= time)
      this.#settle(this.#oldest);
  }

  /** The oldest: it is answered, or given up now. */
  #settle(turn: number): void {
    const place = turn & (REMEMBERED - 1);
    if (this.#fates[place] === UNDER_WAY) {
      this.#fates[place] = GIVEN_UP;
      this.underWay -= 1;
      this.lost += 1;
    }
    this.#oldest += 1;
  }

  forEachUnderWay(each: (sentAt: number) => void): void {
    for (let turn = Math.max(0, this.#next - REMEMBERED); turn < this.#next; turn += 1) {
      const fate = this.#fates[turn & (REMEMBERED - 1)];
      if (fate === UNDER_WAY || fate === GIVEN_UP) each(this.#sentAt[turn & (REMEMBERED - 1)]!);
    }
  }

  /** What was before counts no longer, nor does what is still to come of it. */
  override startCounting(): void {
    super.startCounting();
    this.#fates.fill(0);
    this.#oldest = this.#next;
    this.underWay = 0;
    this.lost = 0;
    this.duplicates = 0;
    this.reordered = 0;
  }

  close(): void {
    this.#socket.close();
  }
}
