import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { Failure } from "./failure.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A datagram may be lost, even here: whoever asks for an answer asks so often at the most. */
const ATTEMPTS = 3;

/** One client of a UDP server: a connected socket (connect(2)), which hears only of the address that it sends to. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #deadline: number;
  readonly #received: Buffer[] = [];
  /** What was sent more than once: a second answer to it may still be under way. */
  readonly #resent: Buffer[] = [];
  #change = () => {};

  private constructor(socket: Socket, deadline: number) {
    this.#socket = socket;
    this.#deadline = deadline;
    socket.on("message", (datagram) => {
      this.#received.push(datagram);
      this.#change();
    });
    socket.on("error", () => {}); // ICMP says that nobody is there: the answer that does not come says it too
  }

  /** @param deadline milliseconds that an answer may take @param from the address that it sends from; default: any free port */
  static open(to: Address, deadline: number, from?: Address): Promise<UdpClient> {
    const socket = createSocket(isIPv6(to.host) ? "udp6" : "udp4");
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new UdpClient(socket, deadline));
      });
      const connect = () => socket.connect(to.port, to.host);
      if (from) socket.bind(from.port, from.host, connect);
      else connect();
    });
  }

  /** One datagram. */
  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** The next datagram, or undefined where none came. */
  async receive(within = this.#deadline): Promise<Buffer | undefined> {
    await this.#until(() => this.#received.length > 0, within);
    return this.#received.shift();
  }

  /** All datagrams that come within so many milliseconds. */
  async listen(milliseconds: number): Promise<Buffer[]> {
    await this.#until(() => false, milliseconds);
    return this.#received.splice(0);
  }

  /** Sends, and requires one datagram with the same bytes back; a lost one is sent again. */
  async echo(bytes: Uint8Array, attempts = ATTEMPTS): Promise<void> {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      this.send(bytes);
      if (attempt > 1) this.#resent.push(Buffer.from(bytes));
      let answer = await this.receive(this.#deadline / attempts);
      while (answer && this.#isLate(answer, bytes)) answer = await this.receive(this.#deadline / attempts);
      if (!answer) continue;
      if (Buffer.compare(answer, bytes) === 0) return;
      throw new Failure(
        `a datagram of ${bytes.length} bytes sent, one of ${answer.length} came back${differing(bytes, answer)}`,
        "answer",
      );
    }
    throw new Failure(
      `a datagram of ${bytes.length} bytes sent ${attempts} times, no answer within ${this.#deadline} ms`,
      "answer",
    );
  }

  #isLate(answer: Buffer, bytes: Uint8Array): boolean {
    return Buffer.compare(answer, bytes) !== 0 && this.#resent.some((earlier) => earlier.equals(answer));
  }

  async leave(): Promise<void> {
    this.close();
  }

  close(): void {
    try {
      this.#socket.close();
    } catch {
      // it is closed already
    }
  }

  #until(condition: () => boolean, within: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#change = () => {};
        resolve();
      };
      const timer = setTimeout(finish, within);
      this.#change = () => condition() && finish();
      this.#change();
    });
  }
}

function differing(expected: Uint8Array, got: Uint8Array): string {
  const at = expected.findIndex((byte, i) => byte !== got[i]);
  return at === -1 || at >= got.length ? "" : `, different from byte ${at} on`;
}
