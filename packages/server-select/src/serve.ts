// Select: one thread waits for all clients at once, and then looks through all of them for those who have something.
// Mechanism: two sets of bits, one for each descriptor below 1024, which select overwrites with its answer.
// Cost: all clients are told anew and looked through at every turn; and no descriptor from 1024 on can be waited for.
import { FD_SETSIZE, FdSet, Socket, select } from "@echolab/posix-sockets";
import { AcceptPause, Client, type Serve } from "@echolab/protocol-core";

export const serve: Serve = ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listener.setBlocking(false);
  listening(listener.address());
  const clients = new Map<number, Client<Socket>>(); // by descriptor
  const pause = new AcceptPause();

  const sets = { readable: new FdSet(), writable: new FdSet() };

  // #region serve
  for (;;) {
    tell();
    watchListener();
    select(sets.readable, sets.writable, pause.countDown()); // sleeps until any of them has something
    for (const client of clients.values()) {
      const { fd } = client.socket;
      if (sets.readable.has(fd) || sets.writable.has(fd)) visit(client);
    }
    if (sets.readable.has(listener.fd)) accept();
  }
  // #endregion

  // All of it, before each select: the answer to the last one stands where the question stood.
  function tell(): void {
    sets.readable.clear();
    sets.writable.clear();
    for (const { socket, waitsFor } of clients.values()) sets[waitsFor].add(socket.fd);
  }

  // One a turn: if more are waiting, the next select says so.
  function accept(): void {
    const socket = listener.tryAccept();
    if (socket === "exhausted") pause.begin();
    else if (socket !== "no client") {
      if (socket.fd < FD_SETSIZE) clients.set(socket.fd, new Client(socket));
      else socket.close(); // FD_SETSIZE reached: select cannot watch this descriptor
    }
  }

  function visit(client: Client<Socket>): void {
    if (client.step() === "finished") leave(client);
  }

  function leave({ socket }: Client<Socket>): void {
    clients.delete(socket.fd);
    socket.close();
  }

  // Not while all places are taken, nor while no descriptor is left: it would be ready for ever.
  function watchListener(): void {
    const accepts = clients.size < maxConnections && !pause.isOn;
    if (accepts) sets.readable.add(listener.fd);
  }
};
