// Process pool: so many processes are there from the start, and all of them are blocked in one accept.
// Mechanism: each inherits the listener as its stdin; the kernel wakes one of those who sleep in it for each client.
// Cost: no start for a client, but as many clients at the same time as there are processes: the others wait.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Socket } from "@echolab/posix-sockets";
import type { Serve } from "@echolab/protocol-core";

/** How long after its end a process is started again. */
const RESTART_MS = 100;

export const serve: Serve = async ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  // #region serve
  await Promise.race(Array.from({ length: maxConnections }, () => startProcess(listener))); // the first is enough to begin
  // #endregion
  listening(listener.address());
};

// #region process
const program = fileURLToPath(new URL("./child.js", import.meta.url));
// setpriv: the kernel kills the child when its parent dies, even by SIGKILL.
const command = ["--pdeathsig", "KILL", process.execPath, program];

/** Resolves once it is about to accept. One that ends is not the server's end, nor one place less. */
function startProcess(listener: Socket): Promise<void> {
  return new Promise((ready) => {
    const again = () => setTimeout(() => startProcess(listener).then(ready), RESTART_MS);
    try {
      const child = spawn("setpriv", command, { stdio: [listener.fd, "pipe", "inherit"] });
      child.once("error", (error) => console.error(error.message)).once("close", again);
      child.stdout?.once("data", () => ready());
    } catch {
      again(); // no process could be had
    }
  });
}
// #endregion
