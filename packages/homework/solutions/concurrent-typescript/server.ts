// Concurrent: the main thread accepts, and each client gets a thread of its own that may sleep.
// Mechanism: a worker for each client, which blocks in its own recv; the scheduler runs whoever has something.
// Cost: a worker is a JavaScript engine of its own: megabytes, and tens of milliseconds to start; hence a limit.
import { writeSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Socket, SocketError } from "@echolab/posix-sockets";

const CHUNK = 64 * 1024; // bytes received at a time, and so the most that a client is ever owed
const CLIENTS = 64;
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
    // Not console.log: a thread that sleeps in accept never comes to write what was queued for a pipe.
    writeSync(1, `listening on ${host}:${listener.address().port}\n`);
    return listener;
  } catch (error) {
    console.error(`server: ${(error as Error).message}`);
    process.exit(1);
  }
}

async function serve(listener: Socket): Promise<void> {
  let places = CLIENTS;
  let placeIsFree = () => {};
  const leave = () => {
    places += 1;
    placeIsFree();
  };
  for (let exhausted = Number.NEGATIVE_INFINITY; ; ) {
    // At the limit, the next client waits in the backlog.
    if (places === 0) await new Promise<void>((resolve) => (placeIsFree = resolve));
    const client = await listener.acceptAsync(); // this thread must not sleep: it hears when the others end
    places -= 1;
    if (performance.now() - exhausted < PAUSE) {
      client.close();
      leave();
    } else if (!(await startThread(client, leave))) exhausted = performance.now();
  }
}

/**
 * False when no thread could be had: this client is turned away, and the server lives on. One is started at a time, or
 * those who start would take each other's last descriptors.
 */
function startThread(client: Socket, leave: () => void): Promise<boolean> {
  return new Promise((resolve) => {
    let handedOver = false;
    const ended = () => {
      if (!handedOver) client.close();
      leave();
      resolve(handedOver);
    };
    try {
      new Worker(new URL(import.meta.url), { workerData: client.fd, trackUnmanagedFds: false })
        .once("message", () => resolve((handedOver = true)))
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
    if (!(error instanceof SocketError)) throw error; // ECONNRESET, EPIPE: this client's own end, and not the server's
  }
}

main();
