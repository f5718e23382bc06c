// Busy-wait: one thread asks every socket, round and round, whether it has something; none ever makes it wait.
// Mechanism: O_NONBLOCK; a call that has nothing throws WouldBlockError (EAGAIN), which is told from a real error.
// Cost: a core burns while nobody says a word, and each round asks all clients, however few have something.

import { canAcceptAgain, Socket, SocketError, sleep, WouldBlockError } from "@echolab/posix-sockets";
import { clientIsGone, type Serve } from "@echolab/protocol-core";

interface Client {
  readonly socket: Socket;
  readonly buffer: Uint8Array;
  /** Received and not yet sent back: buffer[start, end). */
  start: number;
  end: number;
}

export const serve: Serve = ({ host, port, backlog, maxConnections, own }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listener.setBlocking(false);
  listening(listener.address());
  const clients = new Set<Client>();
  const rest = whenNothing[own["when-nothing"] as keyof typeof whenNothing];

  // #region rounds
  for (let idleRounds = 0; ; ) {
    let found = clients.size < maxConnections && accept(listener, clients);
    for (const client of clients) {
      const result = ask(client);
      found ||= result !== "nothing yet";
      if (result !== "gone") continue;
      client.socket.close();
      clients.delete(client);
    }
    idleRounds = found ? 0 : idleRounds + 1;
    if (!found) rest(idleRounds);
  }
  // #endregion
};

// #region when-nothing
const whenNothing = {
  spin: () => {}, // ask again at once
  sleep: () => sleep(1), // milliseconds
  "back-off": (idleRounds: number) => sleep(Math.min(0.05 * 2 ** (idleRounds - 1), 5)),
};
// #endregion

function accept(listener: Socket, clients: Set<Client>): boolean {
  try {
    const socket = listener.accept();
    socket.setBlocking(false);
    clients.add({ socket, buffer: new Uint8Array(64 * 1024), start: 0, end: 0 });
    return true;
  } catch (error) {
    if (error === WouldBlockError) return false; // no client is there: the answer to almost every asking
    if (error instanceof SocketError && canAcceptAgain(error.errno)) return false; // EMFILE, EPERM: ask again
    throw error;
  }
}

// #region ask
function ask(client: Client): "moved" | "nothing yet" | "gone" {
  try {
    if (client.start === client.end) {
      client.end = client.socket.recv(client.buffer);
      client.start = 0;
      if (client.end === 0) return "gone"; // FIN
    }
    client.start += client.socket.send(client.buffer, client.start, client.end);
    return "moved";
  } catch (error) {
    if (error === WouldBlockError) return "nothing yet"; // not an error: ask again in the next round
    if (clientIsGone(error)) return "gone"; // a real one: ECONNRESET, EPIPE
    throw error; // anything else is a mistake in this program
  }
}
// #endregion
