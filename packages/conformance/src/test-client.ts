import { connect, type Socket } from "node:net";
import { SeededBytes } from "@echolab/protocol-core";
import { Failure } from "./case.ts";
import { KiB } from "./sizes.ts";

/** What came after the last byte: the server's FIN, its reset, or nothing within the time. */
export type End = "fin" | "reset" | "nothing";

export interface Streaming {
  readonly seed: number;
  /** Bytes that are offered. */
  readonly length: number;
  /** So many of them must come back; default: all. */
  readonly back?: number;
  /** Sizes of the pieces that are written; default: 64 KiB each. */
  readonly piece?: () => number;
  /** Milliseconds that the client sleeps before it begins to read. */
  readonly readAfter?: number;
  /** Milliseconds that it sleeps after each piece that it has read. */
  readonly readSlowly?: number;
  /** FIN after the last byte. */
  readonly fin?: boolean;
}

export interface ClientOptions {
  /** Bytes, and a FIN, that are sent in the same breath as the connect. */
  readonly early?: Uint8Array | undefined;
  /** Default true: small messages leave at once (tcp(7), TCP_NODELAY). */
  readonly noDelay?: boolean;
}

/**
 * One client of the server under test, full duplex: it reads while it sends. It reads only within `receive`,
 * `expect`, `end` and `stream`: between them it is a client that never reads.
 */
export class TestClient {
  readonly #socket: Socket;
  readonly #deadline: number;
  #received: Buffer[] = [];
  #length = 0;
  #end: "fin" | "reset" | undefined;
  #sink: ((chunk: Buffer) => void) | undefined;
  #change = () => {};

  private constructor(socket: Socket, deadline: number) {
    this.#socket = socket;
    this.#deadline = deadline;
    socket.pause();
    socket.on("data", (chunk) => {
      if (this.#sink) this.#sink(chunk);
      else this.#received.push(chunk);
      this.#length += chunk.length;
      this.#change();
    });
    socket.on("drain", () => this.#change());
    socket.on("end", () => this.#ended("fin"));
    socket.on("error", () => this.#ended("reset"));
  }

  /**
   * @param deadline milliseconds that each step may take
   */
  static open(
    address: { host: string; port: number },
    deadline: number,
    { early, noDelay = true }: ClientOptions = {},
  ): Promise<TestClient> {
    const { host, port } = address;
    const socket = connect({ host, port, noDelay, allowHalfOpen: true });
    if (early) socket.end(early);
    const client = new TestClient(socket, deadline);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Failure(`no connection within ${deadline} ms`, "answer"));
        socket.destroy();
      }, deadline);
      socket.once("close", () => {
        clearTimeout(timer);
        reject(new Failure("the connection was refused or reset", "answer"));
      });
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

  /**
   * FIN after what is queued; the other direction stays open (shutdown(2) with SHUT_WR). Resolves when it has left,
   * or never will.
   */
  halfClose(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  /** RST, at once. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** close(2): a FIN; or, where the server's bytes are still unread, a reset. */
  close(): void {
    this.#socket.destroy();
  }

  /** Reads what is left and throws it away, sends a FIN, waits for the server's, and closes: nobody gets a reset. */
  async leave(within = 1000): Promise<void> {
    if (!this.#socket.destroyed && !this.#end) {
      this.#sink = () => {};
      this.#socket.end();
      this.#socket.resume();
      await this.#until(() => this.#end !== undefined, within, true);
    }
    this.#socket.destroy();
  }

  /**
   * Sends without reading until the kernel takes no more for `stalled` ms, or `length` bytes are gone, or the server
   * has ended the connection. @returns what happened
   */
  async fill(length: number, stalled: number): Promise<"stalled" | "all taken" | "cut"> {
    const piece = Buffer.alloc(64 * KiB, "echo");
    for (let sent = 0; sent < length; sent += piece.length) {
      if (this.#socket.destroyed || this.#end) return "cut";
      if (this.#socket.write(piece)) continue;
      if (!(await this.#until(() => !this.#socket.writableNeedDrain || this.#end !== undefined, stalled)))
        return "stalled";
    }
    return "all taken";
  }

  /** Waits until `length` bytes are there, or the end; gives back what is there, at most `length`. */
  async receive(length: number, within = this.#deadline): Promise<Buffer> {
    await this.#reading(() => this.#length >= length || this.#end !== undefined, within);
    const all = Buffer.concat(this.#received);
    const left = all.subarray(length);
    this.#received = left.length > 0 ? [left] : [];
    this.#length = left.length;
    return all.subarray(0, length);
  }

  /** Waits for the end. Bytes that come before it are a Failure. */
  async end(within = this.#deadline): Promise<End> {
    await this.#reading(() => this.#length > 0 || this.#end !== undefined, within);
    if (this.#length > 0) {
      const first = Buffer.concat(this.#received).subarray(0, 8).toString("hex");
      throw new Failure(`${this.#length} bytes more came back than were sent: ${first}`, "answer");
    }
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
    if (Buffer.compare(bytes, got) === 0) return;
    const counts = `${bytes.length} bytes sent, ${got.length} came back`;
    throw new Failure(`${counts}; ${difference(bytes, got, 0)}${this.#ending()}`, "answer");
  }

  /** Requires the server's FIN; a reset is something else. */
  async expectFin(within = this.#deadline): Promise<void> {
    const end = await this.end(within);
    if (end !== "fin") throw new Failure(`required: FIN (end of file); came: ${end}, within ${within} ms`, "answer");
  }

  /**
   * Sends a long stream while it reads it back, and compares each byte as it comes. It fails when neither direction
   * has moved for the deadline: how long all of it takes is the machine's business.
   */
  async stream({
    seed,
    length,
    back: required = length,
    piece = () => 64 * KiB,
    readAfter = 0,
    readSlowly = 0,
    fin = false,
  }: Streaming): Promise<void> {
    const [out, back] = [new SeededBytes(seed), new SeededBytes(seed)];
    let wrong: string | undefined;
    this.#sink = (chunk) => {
      const expected = back.next(chunk.length);
      if (Buffer.compare(expected, chunk) !== 0)
        wrong ??= `of ${length} bytes sent, what came back is ${difference(expected, chunk, this.#length)}`;
      if (readSlowly === 0) return;
      this.#socket.pause();
      setTimeout(() => this.#socket.resume(), readSlowly);
    };
    const late = setTimeout(() => this.#socket.resume(), readAfter);
    const over = () => wrong !== undefined || this.#end !== undefined || this.#length >= Math.max(1, required);
    const patience = this.#deadline + readAfter;
    for (let sent = 0; sent < length && !over(); ) {
      const size = Math.min(piece(), length - sent);
      sent += size;
      if (this.#socket.write(out.next(size))) continue;
      if (!(await this.#until(() => !this.#socket.writableNeedDrain || over(), patience, true))) break;
    }
    if (fin) this.halfClose();
    await this.#until(over, patience, true);
    clearTimeout(late);
    this.#socket.pause();
    this.#sink = undefined;
    if (wrong) throw new Failure(wrong, "answer");
    if (this.#length < required || this.#length > length) {
      throw new Failure(
        `${length} bytes sent, ${this.#length} came back${this.#ending() || "; then nothing moved"}`,
        "answer",
      );
    }
    this.#length = 0;
  }

  #ending(): string {
    return this.#end ? `; then ${this.#end === "fin" ? "FIN" : "a reset"} came` : "";
  }

  #ended(how: "fin" | "reset"): void {
    this.#end ??= how;
    this.#change();
  }

  async #reading(condition: () => boolean, within: number): Promise<void> {
    this.#socket.resume();
    await this.#until(condition, within);
    this.#socket.pause();
  }

  /** @param renewed whether anything that happens begins the time anew @returns false when the time was over */
  #until(condition: () => boolean, within: number, renewed = false): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (held: boolean) => {
        clearTimeout(timer);
        this.#change = () => {};
        resolve(held);
      };
      const timer = setTimeout(() => finish(false), within);
      this.#change = () => {
        if (condition()) finish(true);
        else if (renewed) timer.refresh();
      };
      this.#change();
    });
  }
}

/** @param offset how many bytes came before these */
function difference(expected: Uint8Array, got: Uint8Array, offset: number): string {
  const at = expected.findIndex((byte, i) => byte !== got[i]);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes.subarray(at, at + 8)).toString("hex") || "nothing";
  return `different from byte ${offset + at} on: expected ${hex(expected)}, got ${hex(got)}`;
}
