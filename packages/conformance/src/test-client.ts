import { connect, type Socket } from "node:net";
import { Failure } from "./case.ts";

/** What came after the last byte: the server's FIN, its reset, or nothing within the time. */
export type End = "fin" | "reset" | "nothing";

/**
 * One client of the server under test, full duplex: what arrives is kept while it sends. Between calls it reads
 * only when it is asked to (`receive`, `end`): a client that asks for nothing is one that never reads.
 */
export class TestClient {
  readonly #socket: Socket;
  readonly #deadline: number;
  #received: Buffer[] = [];
  #length = 0;
  #end: "fin" | "reset" | undefined;
  #change: (() => void) | undefined;

  private constructor(socket: Socket, deadline: number) {
    this.#socket = socket;
    this.#deadline = deadline;
    socket.pause();
    socket.on("data", (chunk) => {
      this.#received.push(chunk);
      this.#length += chunk.length;
      this.#change?.();
    });
    socket.on("end", () => this.#ended("fin"));
    socket.on("error", () => this.#ended("reset"));
  }

  /** @param deadline milliseconds that each step may take */
  static open(address: { host: string; port: number }, deadline: number): Promise<TestClient> {
    const socket = connect({ ...address, noDelay: true, allowHalfOpen: true });
    const client = new TestClient(socket, deadline);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Failure(`no connection within ${deadline} ms`)), deadline);
      socket.once("close", () => reject(new Failure("the connection was refused or reset")));
      socket.once("connect", () => {
        clearTimeout(timer);
        resolve(client);
      });
    });
  }

  /** Queues bytes to be sent; they leave while others arrive. */
  send(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** FIN after what is queued; the other direction stays open (shutdown(2) with SHUT_WR). */
  halfClose(): void {
    this.#socket.end();
  }

  /** RST, at once. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** FIN in both directions, read or not. */
  close(): void {
    this.#socket.destroy();
  }

  /** Bytes that wait in this process because the server does not take them. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Waits until `length` bytes are there, or the end; gives back what is there, at most `length`. */
  async receive(length: number, within = this.#deadline): Promise<Buffer> {
    await this.#until(() => this.#length >= length || this.#end !== undefined, within);
    const all = Buffer.concat(this.#received);
    const taken = all.subarray(0, length);
    const left = all.subarray(length);
    this.#received = left.length > 0 ? [left] : [];
    this.#length = left.length;
    return taken;
  }

  /** Waits for the end. Bytes that come before it are a Failure. */
  async end(within = this.#deadline): Promise<End> {
    await this.#until(() => this.#length > 0 || this.#end !== undefined, within);
    if (this.#length > 0) throw new Failure(`${this.#length} bytes more than were sent came back`);
    return this.#end ?? "nothing";
  }

  /** Sends, and requires the same bytes back. */
  async echo(bytes: Uint8Array, within = this.#deadline): Promise<void> {
    this.send(bytes);
    await this.expect(bytes, within);
  }

  /** Requires exactly these bytes. */
  async expect(bytes: Uint8Array, within = this.#deadline): Promise<void> {
    const got = await this.receive(bytes.length, within);
    if (bytes.length !== got.length || Buffer.compare(bytes, got) !== 0) throw new Failure(difference(bytes, got));
  }

  /** Requires the server's FIN; a reset is something else. */
  async expectFin(within = this.#deadline): Promise<void> {
    const end = await this.end(within);
    if (end !== "fin") throw new Failure(`required: FIN (end of file); came: ${end}, within ${within} ms`);
  }

  #ended(how: "fin" | "reset"): void {
    this.#end ??= how;
    this.#change?.();
  }

  async #until(condition: () => boolean, within: number): Promise<void> {
    this.#socket.resume();
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#change = undefined;
        resolve();
      };
      const timer = setTimeout(finish, within);
      this.#change = () => condition() && finish();
      this.#change();
    });
    this.#socket.pause();
  }
}

function difference(expected: Uint8Array, got: Uint8Array): string {
  const at = expected.findIndex((byte, i) => byte !== got[i]);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes.subarray(at, at + 8)).toString("hex") || "nothing";
  return `${expected.length} bytes sent, ${got.length} came back, different from byte ${at} on: expected ${hex(expected)}, got ${hex(got)}`;
}
