import type { Socket } from "node:net";

/** What came after the last byte: the server's FIN, its reset, or nothing within the time. */
export type End = "fin" | "reset" | "nothing";

/**
 * A client's end of a connection: what has come, and how to wait for more. It reads only when it is told to: else the
 * server finds a client that never reads.
 */
export class Connection {
  readonly socket: Socket;
  /** Milliseconds that each step may take. */
  readonly deadline: number;
  /** Whether the server would go on if it had a processor; false where it cannot be known. */
  readonly wantsToRun: () => boolean;
  /** How the server has ended it; undefined while it has not. */
  ended: "fin" | "reset" | undefined;
  /** Bytes that have come and were not taken. */
  length = 0;
  /** Gets what comes, instead of keeping it. */
  sink: ((chunk: Buffer) => void) | undefined;
  #received: Buffer[] = [];
  #change = () => {};

  constructor(socket: Socket, deadline: number, wantsToRun: () => boolean) {
    this.socket = socket;
    this.deadline = deadline;
    this.wantsToRun = wantsToRun;
    socket.on("data", (chunk) => {
      if (this.sink) this.sink(chunk);
      else this.#received.push(chunk);
      this.length += chunk.length;
      this.#change();
    });
    socket.on("drain", () => this.#change());
    socket.on("end", () => this.#end("fin"));
    socket.on("error", () => this.#end("reset"));
  }

  /** What has come, at most `length` bytes of it. */
  take(length: number): Buffer {
    const all = Buffer.concat(this.#received);
    const left = all.subarray(length);
    this.#received = left.length > 0 ? [left] : [];
    this.length = left.length;
    return all.subarray(0, length);
  }

  /** What has come, without taking it. */
  peek(length: number): Buffer {
    return Buffer.concat(this.#received).subarray(0, length);
  }

  /** Reads until the condition holds. */
  async reading(condition: () => boolean, within: number): Promise<void> {
    this.resume();
    await this.until(condition, within);
    this.socket.pause();
  }

  /** Begins to read: that too is something that happens. */
  resume(): void {
    this.socket.resume();
    this.changed();
  }

  /** Something has happened: what is waited for may be true now. */
  changed(): void {
    this.#change();
  }

  /** @param renewed whether anything that happens begins the time anew @returns false when the time was over */
  until(condition: () => boolean, within: number, renewed = false): Promise<boolean> {
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

  #end(how: "fin" | "reset"): void {
    this.ended ??= how;
    this.#change();
  }
}
