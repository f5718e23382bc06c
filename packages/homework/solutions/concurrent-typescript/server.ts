// Concurrent: the main thread accepts, and each client gets a thread of its own that may sleep.
// Mechanism: a worker for each client, which blocks in its own recv; the scheduler runs whoever has something.
// Cost: a worker is a JavaScript engine of its own: megabytes, and tens of milliseconds to start; hence a limit.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Socket, SocketError } from "@echolab/posix-sockets";

const CHUNK = 64 * 1024; // bytes received at a time, and so the most that a client is ever owed
const CLIENTS = 32;
const AT_ONCE = 2; // threads that start at the same time: more would take each other's last descriptors
const PAUSE = 100; // milliseconds until a thread is tried again when descriptors, memory or threads have run out

function main(): void {
  if (isMainThread) serve(openListener(process.argv.slice(2)));
  else clientThread(Socket.fromFd(workerData)); // a descriptor belongs to the whole process: its number is enough
}

function openListener([host = "", port = "", ...more]: string[]): Socket {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535 || more.length > 0) {
    console.error("usage: server HOST PORT, an IPv4 address and a port from 0 to 65535");
    process.exit(2);
  }
  try {
    const listener = Socket.listen({ host, port: Number(port), backlog: 4096 }); // it sets SO_REUSEADDR
    console.log(`listening on ${host}:${listener.address().port}`);
    return listener;
  } catch (error) {
    console.error(`server: ${(error as Error).message}`);
    process.exit(1);
  }
}

async function serve(listener: Socket): Promise<void> {
  let places = CLIENTS;
  let starting = 0;
  let exhausted = Number.NEGATIVE_INFINITY;
  let changed = () => {};
  const leave = () => {
    places += 1;
    changed();
  };
  for (;;) {
    // Meanwhile the next client waits in the backlog.
    while (places === 0 || starting === AT_ONCE) await new Promise<void>((resolve) => (changed = resolve));
    const client = await listener.acceptAsync(); // this thread must not sleep: it hears when the others end
    if (performance.now() - exhausted < PAUSE) {
      client.close(); // to try and fail for everybody who waits would burn a core
      continue;
    }
    places -= 1;
    starting += 1;
    startThread(client, leave).then((started) => {
      starting -= 1;
      if (!started) exhausted = performance.now();
      changed();
    });
  }
}

/** False when no thread could be had: this client is turned away, and the server lives on. */
function startThread(client: Socket, leave: () => void): Promise<boolean> {
  return new Promise((resolve) => {
    const fd = client.detach(); // the number is all that the thread needs, and from here on this thread has no more
    let handedOver = false;
    const ended = () => {
      if (!handedOver) Socket.fromFd(fd).close();
      leave();
      resolve(handedOver);
    };
    try {
      new Worker(new URL(import.meta.url), { workerData: fd, trackUnmanagedFds: false })
        .once("message", () => {
          handedOver = true;
          resolve(true);
        })
        .once("error", (error) => console.error(error.message)) // without a handler, it would end the server
        .once("exit", ended);
    } catch {
      ended();
    }
  });
}

function clientThread(client: Socket): void {
  parentPort!.postMessage("mine"); // from here on this thread closes the client, and nobody else may
  try {
    echo(client); // sleeps whenever this client is silent, and nobody minds
  } finally {
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
