// Your homework: a non-blocking echo server. One thread serves many clients, and no call ever makes it wait.
// Here are the command line, a socket that listens, and the line that says so. The rest is yours.
import { writeSync } from "node:fs";
import { Socket, sleep } from "@echolab/posix-sockets";

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
  listener.setBlocking(false); // a client that you accept needs this as well
  for (;;) {
    // TODO: accept whoever is there; then, for each client, recv what it has sent, and send it back.
    // Three questions that you must answer:
    //   1. What if recv returns 0? What must have happened before you close the client?
    //   2. What if send takes less than you gave it? Where does the rest wait, and may you recv more meanwhile?
    //   3. What if accept, recv or send would block? Then it throws WouldBlockError (compare it with ===). That is not
    //      an error, but a SocketError with the code ECONNRESET or EPIPE is: what is to be done about each?
    sleep(1); // only if nothing has happened in the whole round
  }
}

main();
