// Thread pool: so many threads are there from the start, and all of them are blocked in one accept.
// Mechanism: a listener belongs to the whole process; the kernel wakes one of those who sleep in it for each client.
// Cost: no start for a client, but as many clients at the same time as there are threads: the others wait.
import { Worker } from "node:worker_threads";
import { Socket } from "@echolab/posix-sockets";
import type { Serve } from "@echolab/protocol-core";

/** How long after its end a thread is started again. */
const RESTART_MS = 100;

export const serve: Serve = async ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  // #region serve
  await Promise.race(Array.from({ length: maxConnections }, () => startThread(listener))); // the first is enough to begin
  // #endregion
  listening(listener.address());
};

// #region thread
/** Resolves once it is about to accept. One that ends is not the server's end, nor one place less. */
function startThread(listener: Socket): Promise<void> {
  return new Promise((ready) => {
    const again = () => setTimeout(() => startThread(listener).then(ready), RESTART_MS);
    try {
      new Worker(new URL("./worker.js", import.meta.url), { workerData: listener.fd, trackUnmanagedFds: false })
        .once("message", ready)
        .once("error", (error) => console.error(error.message))
        .once("exit", again);
    } catch {
      again(); // no thread could be had
    }
  });
}
// #endregion
