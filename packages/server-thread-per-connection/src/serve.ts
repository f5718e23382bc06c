// Thread per connection: the main thread accepts, and each client gets a thread of its own that may sleep.
// Mechanism: a descriptor belongs to the whole process, so its number is all that the new thread needs.
// Cost: a thread per client, in time to start it and in memory to keep it; hence a limit on clients.
import { Worker } from "node:worker_threads";
import { descriptorsLeft, Socket } from "@echolab/posix-sockets";
import { Places, type Serve } from "@echolab/protocol-core";

// A thread of Node takes 4 descriptors, its client, and while it loads its modules a dozen more: where one is missing,
// Node loses some for ever.
const PER_THREAD = 16;

export const serve: Serve = async ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listening(listener.address());
  const places = new Places(Math.min(maxConnections, Math.max(1, Math.floor(descriptorsLeft() / PER_THREAD))));

  // #region serve
  for (;;) {
    await places.free(); // at the limit, the next client waits in the backlog
    const client = await listener.acceptAsync();
    places.take();
    startThread(client, () => places.leave());
  }
  // #endregion
};

// #region hand over
function startThread(client: Socket, leave: () => void): void {
  const fd = client.detach(); // the number is all that the thread needs, and from here on this thread has no more
  let handedOver = false;
  const ended = () => {
    if (!handedOver) Socket.fromFd(fd).close(); // no descriptor or memory was left for a thread: this client is turned away
    leave();
  };
  try {
    new Worker(new URL("./worker.js", import.meta.url), { workerData: fd, trackUnmanagedFds: false })
      .once("message", () => {
        handedOver = true; // from here on the thread closes the client, and nobody else may
      })
      .once("error", (error) => console.error(error.message)) // one thread's end is not the server's
      .once("exit", ended);
  } catch {
    ended(); // not even a thread could be had
  }
}
// #endregion
