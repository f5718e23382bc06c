// Sequential, blocking: one thread serves one client until it leaves, and only then accepts the next.
// Mechanism: accept, recv and sendAll put the thread to sleep until there is something to do.
// Cost: a client that is silent keeps everyone behind it waiting in the backlog.
import { writeSync } from "node:fs";
import { Socket, SocketError } from "@echolab/posix-sockets";

const CHUNK = 64 * 1024; // bytes received at a time, and so the most that a client is ever owed

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
    // Not console.log: a thread that sleeps in accept never comes to write what was queued for a pipe.
    writeSync(1, `listening on ${host}:${listener.address().port}\n`);
    return listener;
  } catch (error) {
    console.error(`server: ${(error as Error).message}`);
    process.exit(1);
  }
}

function serve(listener: Socket): void {
  for (;;) {
    const client = listener.accept(); // sleeps until somebody connects, and while no descriptor is left
    echo(client); // sleeps whenever this client is silent, while the others wait
    client.close();
  }
}

/** Receives only when all is sent back: order, bounded memory and half-close follow from that one rule. */
function echo(client: Socket): void {
  const chunk = new Uint8Array(CHUNK);
  try {
    // 0 is the client's FIN.
    for (let length = client.recv(chunk); length > 0; length = client.recv(chunk)) client.sendAll(chunk, length);
  } catch (error) {
    if (!isGone(error)) throw error; // a mistake of this program, and no client's
  }
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
