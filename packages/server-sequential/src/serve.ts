// Sequential, blocking: one thread serves one client until it leaves, and only then accepts the next.
// Mechanism: accept, recv and send put the thread to sleep until there is something to do.
// Cost: a client that is silent keeps everyone behind it waiting in the backlog.

import { Socket } from "@echolab/posix-sockets";
import { echo, type Serve } from "@echolab/protocol-core";

export const serve: Serve = ({ host, port, backlog }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listening(listener.address());

  // #region serve
  for (;;) {
    const client = listener.accept(); // sleeps until somebody connects
    echo(client); // sleeps whenever this client is silent, while the others wait
    client.close();
  }
  // #endregion
};
