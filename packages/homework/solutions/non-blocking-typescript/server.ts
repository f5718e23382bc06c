// Non-blocking: one thread asks every socket, round and round, whether it has something; none ever makes it wait.
// Mechanism: O_NONBLOCK; a call that has nothing throws WouldBlockError (EAGAIN), which is told from a real error.
// Cost: every round asks everybody, however few have something; and a nap delays whoever comes while it lasts.
import { writeSync } from "node:fs";
import { canAcceptAgain, Socket, SocketError, sleep, WouldBlockError } from "@echolab/posix-sockets";

const CHUNK = 64 * 1024; // bytes received at a time, and so the most that a client is ever owed

interface Client {
  readonly socket: Socket;
  readonly buffer: Uint8Array;
  /** Received and not yet sent back: buffer[start, end). */
  start: number;
  end: number;
}

function main(): void {
  serve(openListener(process.argv.slice(2)));
}

function openListener([host = "", port = "", ...more]: string[]): Socket {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535 || more.length > 0) {
    console.error("usage: server HOST PORT, an IPv4 address and a port from 0 to 65535");
    process.exit(2);
  }
  try {
    const listener = Socket.listen({ host, port: Number(port), backlog: 4096 }); // it sets SO_REUSEADDR
    // Not console.log: a thread that never returns to its event loop never comes to write what was queued for a pipe.
    writeSync(1, `listening on ${host}:${listener.address().port}\n`);
    return listener;
  } catch (error) {
    console.error(`server: ${(error as Error).message}`);
    process.exit(1);
  }
}

function serve(listener: Socket): void {
  listener.setBlocking(false);
  const clients = new Set<Client>();
  for (;;) {
    let moved = acceptClient(listener, clients);
    for (const client of clients) moved = echo(client, clients) || moved;
    if (!moved) sleep(1); // a whole round found nothing; to ask again at once would burn a core
  }
}

function acceptClient(listener: Socket, clients: Set<Client>): boolean {
  try {
    const socket = listener.accept();
    socket.setBlocking(false); // it blocks, whatever its listener does
    clients.add({ socket, buffer: new Uint8Array(CHUNK), start: 0, end: 0 });
    return true;
  } catch (error) {
    if (error === WouldBlockError) return false; // no client is there: the answer to almost every asking
    if (error instanceof SocketError && canAcceptAgain(error.errno)) return false; // EMFILE, EPERM: ask again
    throw error;
  }
}

/** Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule. */
function echo(client: Client, clients: Set<Client>): boolean {
  try {
    if (client.start === client.end) {
      client.end = client.socket.recv(client.buffer);
      client.start = 0;
      if (client.end === 0) return leave(client, clients); // FIN, and all is sent back already
    }
    client.start += client.socket.send(client.buffer, client.start, client.end); // which may be less
    return true;
  } catch (error) {
    if (error === WouldBlockError) return false; // not an error: ask again in the next round
    if (isGone(error)) return leave(client, clients); // a real one: ECONNRESET, EPIPE
    throw error; // a mistake of this program, and no client's
  }
}

function leave(client: Client, clients: Set<Client>): true {
  client.socket.close();
  clients.delete(client);
  return true;
}

/** Errors of recv and send that end this one client: all others are mistakes of this program. */
function isGone(error: unknown): boolean {
  const codes = [
    ...["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED"], // tcp(7), send(2): it has left without a FIN
    ...["ENETDOWN", "EPROTO", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "EOPNOTSUPP", "ENETUNREACH"], // routers
    ...["ECONNREFUSED", "EACCES", "ENOTSUP"], // the same: a closed port, a firewall, Node's name for EOPNOTSUPP
    ...["ENOBUFS", "ENOMEM"], // the kernel has no memory left for its bytes
  ];
  return error instanceof SocketError && codes.includes(error.code);
}

main();
