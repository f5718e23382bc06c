import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { fractions } from "./random.ts";
import { stages, type Toxics } from "./toxics.ts";

export interface RelayOptions {
  /** Done to what clients send. */
  readonly up?: Toxics;
  /** Done to what the server answers. */
  readonly down?: Toxics;
  /** The jitter follows from it. Default 1. */
  readonly seed?: number;
}

/** A relay between clients and a server, on loopback, that makes the network worse. Half-closes pass as they are. */
export class Relay {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static listen(to: { host: string; port: number }, options: RelayOptions): Promise<Relay> {
    const sockets = new Set<Socket>();
    const random = fractions(options.seed ?? 1);
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const upstream = connect({ host: to.host, port: to.port, allowHalfOpen: true, noDelay: true });
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      }
      join(client, upstream, options, random);
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(new Relay(server, sockets)));
    });
  }

  /** Ends every connection, and listens no more. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function join(client: Socket, upstream: Socket, { up = {}, down = {} }: RelayOptions, random: () => number): void {
  // A connection that was cut on one side is cut on the other, with a reset where that was one.
  const cut = (error: NodeJS.ErrnoException) => {
    for (const socket of [client, upstream])
      if (error.code === "ECONNRESET") socket.resetAndDestroy();
      else socket.destroy();
  };
  client.on("error", cut);
  upstream.on("error", cut);
  flow(client, upstream, up, random);
  flow(upstream, client, down, random);
  for (const { reset, timeout } of [up, down]) {
    after(reset, client, () => cut(Object.assign(new Error(), { code: "ECONNRESET" })));
    after(timeout || undefined, client, () => cut(new Error()));
  }
}

/** Bytes from one side to the other, through the toxics; then the FIN. A side that does not read stops the other one. */
async function flow(from: Socket, to: Socket, toxics: Toxics, random: () => number): Promise<void> {
  const source: AsyncIterable<Buffer> = from.iterator({ destroyOnReturn: false });
  const worse = stages(toxics, random).reduce((bytes, stage) => stage(bytes), source);
  try {
    for await (const chunk of worse) if (!to.write(chunk)) await once(to, "drain");
    to.end();
  } catch {
    for (const socket of [from, to]) socket.destroy(); // one side has gone, or the limit is reached
  }
}

function after(milliseconds: number | undefined, client: Socket, then: () => void): void {
  if (milliseconds === undefined) return;
  const timer = setTimeout(then, milliseconds);
  client.once("close", () => clearTimeout(timer));
}
