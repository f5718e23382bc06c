// Process per connection: the parent accepts, and each client gets a child process that may sleep, or crash.
// Mechanism: the child inherits the connection as its stdin and stdout, as inetd(8) has done it since 4.3BSD.
// Cost: a whole Node per client, in time to start it and in memory to keep it; hence a limit on clients.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Socket } from "@echolab/posix-sockets";
import { Places, type Serve } from "@echolab/protocol-core";

export const serve: Serve = async ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listening(listener.address());
  const places = new Places(maxConnections);

  // #region serve
  for (;;) {
    await places.free(); // at the limit, the next client waits in the backlog
    const client = await listener.acceptAsync();
    places.take();
    startProcess(client, () => places.leave());
  }
  // #endregion
};

// #region hand over
const program = fileURLToPath(new URL("./child.js", import.meta.url));

function startProcess(client: Socket, leave: () => void): void {
  try {
    // setpriv: the kernel kills the child when its parent dies, even by SIGKILL.
    spawn("setpriv", ["--pdeathsig", "KILL", process.execPath, program], { stdio: [client.fd, client.fd, "inherit"] })
      .once("error", (error) => console.error(error.message)) // no process could be had: this client is turned away
      .once("close", leave);
  } catch {
    leave(); // not even memory to try
  } finally {
    client.close(); // the child has its own copy; while the parent kept one, the client would never see a FIN
  }
}
// #endregion
