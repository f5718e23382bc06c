import type { DatagramSocket, DatagramSockets } from "../src/datagram-sockets.ts";

/** When a UDP server's answers to a datagram arrive, in ms after it was sent; none: it is lost. `number` counts those of its port. */
export type Answering = (number: number, now: number) => readonly number[];

/** What a busy poller's time goes by in one asking, in milliseconds. */
const ASKING = 0.01;

/** UDP in a world whose time goes by only while the load generator waits. */
export class VirtualDatagrams {
  readonly #answering: Answering;
  #time = 1000;
  #fds = 3;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  now(): number {
    return this.#time;
  }

  cpu(): number {
    return this.#time / 2;
  }

  poller(): never {
    throw new Error("this world has no streams");
  }

  datagramSockets(): DatagramSockets {
    /** What is on its way, by descriptor. */
    const coming = new Map<number, { bytes: Buffer; at: number }[]>();
    let ready: number[] = [];
    const times = () => [...coming.values()].flatMap((datagrams) => datagrams.map(({ at }) => at));
    const isHere = ({ at }: { at: number }) => at <= this.#time;
    const look = () => [...coming].filter(([, datagrams]) => datagrams.some(isHere)).map(([fd]) => fd);
    return {
      open: () => this.#open(coming),
      wait: (timeout) => {
        ready = look();
        if (ready.length > 0) return ready.length;
        this.#time = timeout === 0 ? this.#time + ASKING : Math.min(...times(), this.#time + timeout);
        ready = look();
        return ready.length;
      },
      fd: (i) => ready[i]!,
      close: () => coming.clear(),
    };
  }

  #open(coming: Map<number, { bytes: Buffer; at: number }[]>): DatagramSocket {
    const fd = this.#fds++;
    let sent = 0;
    coming.set(fd, []);
    return {
      fd,
      send: (bytes, length) => {
        for (const after of this.#answering(sent++, this.#time))
          coming.get(fd)!.push({ bytes: Buffer.from(bytes.subarray(0, length)), at: this.#time + after });
      },
      tryRecv: (into) => {
        const datagrams = coming.get(fd)!.sort((a, b) => a.at - b.at);
        if (!datagrams[0] || datagrams[0].at > this.#time) return -1;
        const { bytes } = datagrams.shift()!;
        return bytes.copy(into);
      },
      close: () => coming.delete(fd),
    };
  }
}
