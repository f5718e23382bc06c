// Epoll: one thread waits for all clients at once, and visits only those who have something.
// Mechanism: the kernel keeps what we wait for, and hears only of a change; epoll_wait says who is ready.
// Cost: recv and send for every message, and a share of an epoll_wait; whoever computes makes everybody wait.
import { EPOLLIN, EPOLLOUT, Epoll, Socket } from "@echolab/posix-sockets";
import { AcceptPause, Client, type Serve } from "@echolab/protocol-core";

const EVENTS = { readable: EPOLLIN, writable: EPOLLOUT };

export const serve: Serve = ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listener.setBlocking(false);
  listening(listener.address());
  const clients = new Map<number, Client<Socket>>(); // by descriptor
  const pause = new AcceptPause();

  const epoll = new Epoll();
  epoll.add(listener.fd, EPOLLIN);
  let isWatched = true;

  // #region serve
  for (;;) {
    watchListener();
    const ready = epoll.wait(pause.countDown()); // sleeps until any of them has something
    for (let i = 0; i < ready; i += 1) {
      const client = clients.get(epoll.fd(i));
      if (client) visit(client);
      else accept();
    }
  }
  // #endregion

  // One a turn: if more are waiting, the next epoll_wait says so.
  function accept(): void {
    const socket = listener.tryAccept();
    if (socket === "exhausted") pause.begin();
    else if (socket !== "no client") {
      clients.set(socket.fd, new Client(socket));
      epoll.add(socket.fd, EVENTS.readable);
    }
  }

  function visit(client: Client<Socket>): void {
    const before = client.waitsFor;
    const after = client.step();
    if (after === "finished") leave(client);
    else if (after !== before) epoll.modify(client.socket.fd, EVENTS[after]); // the kernel hears only of a change
  }

  function leave({ socket }: Client<Socket>): void {
    clients.delete(socket.fd);
    socket.close(); // the kernel forgets what we waited for
  }

  // Not while all places are taken, nor while no descriptor is left: it would be ready for ever.
  function watchListener(): void {
    const accepts = clients.size < maxConnections && !pause.isOn;
    if (accepts !== isWatched) epoll.modify(listener.fd, accepts ? EPOLLIN : 0);
    isWatched = accepts;
  }
};
