// Poll: one thread waits for all clients at once, and then looks through all of them for those who have something.
// Mechanism: an array with an entry for each client, which poll hands to the kernel whole, and gets back marked.
// Cost: the kernel and the server go through all clients at every turn, however few have something.
import { POLLIN, POLLOUT, PollFds, poll, Socket } from "@echolab/posix-sockets";
import { AcceptPause, Client, type Serve } from "@echolab/protocol-core";

const EVENTS = { readable: POLLIN, writable: POLLOUT };

export const serve: Serve = ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listener.setBlocking(false);
  listening(listener.address());
  const clients = new Map<number, Client<Socket>>(); // by descriptor
  const pause = new AcceptPause();

  const fds = new PollFds();
  fds.push(listener.fd, POLLIN); // its place is 0

  // #region serve
  for (;;) {
    watchListener();
    poll(fds, pause.countDown()); // sleeps until any of them has something
    // From the end, because one that leaves gives its place to the last one.
    for (let i = fds.length - 1; i >= 0; i -= 1) {
      if (fds.revents(i) === 0) continue;
      const client = clients.get(fds.fd(i));
      if (client) visit(client, i);
      else accept();
    }
  }
  // #endregion

  // One a turn: if more are waiting, the next poll says so.
  function accept(): void {
    const socket = listener.tryAccept();
    if (socket === "exhausted") pause.begin();
    else if (socket !== "no client") {
      clients.set(socket.fd, new Client(socket));
      fds.push(socket.fd, EVENTS.readable);
    }
  }

  function visit(client: Client<Socket>, i: number): void {
    const after = client.step();
    if (after === "finished") leave(client, i);
    else fds.setEvents(i, EVENTS[after]); // the kernel hears of it, and of all others, at the next poll
  }

  function leave({ socket }: Client<Socket>, i: number): void {
    clients.delete(socket.fd);
    fds.remove(i);
    socket.close();
  }

  // Not while all places are taken, nor while no descriptor is left: it would be ready for ever.
  function watchListener(): void {
    const accepts = clients.size < maxConnections && !pause.isOn;
    fds.setEvents(0, accepts ? POLLIN : 0);
  }
};
