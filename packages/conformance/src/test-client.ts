import { once } from "node:events";
import { type Address, type ClientOptions, connected } from "./connecting.ts";
import { Connection, type End } from "./connection.ts";
import { difference, ending } from "./difference.ts";
import { Failure } from "./failure.ts";
import type { Standstill } from "./standstill.ts";
import { offer, type Streaming, stream } from "./stream.ts";

/**
 * One client of the server under test, full duplex: it reads while it sends. It reads only within `receive`,
 * `expect`, `end` and `stream`: between them it is a client that never reads.
 */
export class TestClient {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * @param deadline milliseconds that each step may take
   * @throws Failure where the server cannot be reached, OwnLimitError where this process can have no more clients
   */
  static async open(to: Address, deadline: number, options: ClientOptions = {}): Promise<TestClient> {
    const { wantsToRun = () => false } = options;
    return new TestClient(new Connection(await connected(to, deadline, options), deadline, wantsToRun));
  }

  /** Queues bytes to be sent; they leave while others arrive. */
  send(bytes: Uint8Array | string): void {
    this.#connection.socket.write(bytes);
  }

  /**
   * FIN after what is queued; the other direction stays open (shutdown(2) with SHUT_WR). Resolves when it has left,
   * or never will.
   */
  halfClose(): Promise<void> {
    return new Promise((resolve) => this.#connection.socket.end(() => resolve()));
  }

  /** Resolves when the FIN that was queued has left. */
  async finHasLeft(): Promise<void> {
    const { socket } = this.#connection;
    if (!socket.writableFinished && !socket.destroyed)
      await Promise.race([once(socket, "finish"), once(socket, "close")]);
  }

  /** RST, at once. */
  reset(): void {
    this.#connection.socket.resetAndDestroy();
  }

  /** close(2): a FIN; or, where the server's bytes are still unread, a reset. */
  close(): void {
    this.#connection.socket.destroy();
  }

  /** Reads what is left and throws it away, sends a FIN, waits for the server's, and closes: no server gets a reset. */
  async leave(within = 1000): Promise<void> {
    const { socket } = this.#connection;
    if (!socket.destroyed && !this.#connection.ended) {
      this.#connection.sink = () => {};
      socket.end();
      socket.resume();
      await this.#connection.until(() => this.#connection.ended !== undefined, within, true);
    }
    socket.destroy();
  }

  /** Offers bytes, and reads nothing, until nothing moves any more. @param within milliseconds until then */
  offer(length: number, within: number): Promise<Standstill> {
    return offer(this.#connection, length, within);
  }

  /** Waits until `length` bytes are there, or the end; gives back what is there, at most `length`. */
  async receive(length: number, within = this.#connection.deadline): Promise<Buffer> {
    const hasCome = () => this.#connection.length >= length || this.#connection.ended !== undefined;
    await this.#connection.reading(hasCome, within);
    return this.#connection.take(length);
  }

  /** Waits for the end. Bytes that come before it are a Failure. */
  async end(within = this.#connection.deadline): Promise<End> {
    const connection = this.#connection;
    await connection.reading(() => connection.length > 0 || connection.ended !== undefined, within);
    if (connection.length > 0) {
      const first = connection.peek(8).toString("hex");
      throw new Failure(`${connection.length} bytes more came back than were sent: ${first}`, "answer");
    }
    return connection.ended ?? "nothing";
  }

  /** Sends, and requires the same bytes back. */
  async echo(bytes: Uint8Array, within = this.#connection.deadline): Promise<void> {
    this.send(bytes);
    await this.expect(bytes, within);
  }

  /** Requires exactly these bytes. */
  async expect(bytes: Uint8Array, within = this.#connection.deadline): Promise<void> {
    const got = await this.receive(bytes.length, within);
    if (Buffer.compare(bytes, got) === 0) return;
    const counts = `${bytes.length} bytes sent, ${got.length} came back`;
    throw new Failure(`${counts}; ${difference(bytes, got, 0)}${ending(this.#connection)}`, "answer");
  }

  /** Requires the server's FIN; a reset is something else. */
  async expectFin(within = this.#connection.deadline): Promise<void> {
    const end = await this.end(within);
    if (end !== "fin") throw new Failure(`required: FIN (end of file); came: ${end}, within ${within} ms`, "answer");
  }

  /** Sends a long stream while it reads it back, and requires each byte of it. */
  stream(streaming: Streaming): Promise<Standstill> {
    return stream(this.#connection, streaming);
  }
}
