// Coroutines: each client has code that reads like a conversation; it stops where it would wait, and others go on.
// Mechanism: a generator yields what it waits for; a scheduler of a few lines over epoll resumes it when it is there.
// Cost: that of epoll, and a generator for each client, whose local variables are all that has to be remembered.
import { EPOLLIN, EPOLLOUT, Epoll, Socket } from "@echolab/posix-sockets";
import { AcceptPause, clientIsGone, type Serve } from "@echolab/protocol-core";

const EVENTS = { readable: EPOLLIN, writable: EPOLLOUT, later: 0 };

// What it yields is what it waits for.
type Coroutine = Generator<keyof typeof EVENTS, void, void>;

export const serve: Serve = ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  listener.setBlocking(false);
  listening(listener.address());

  // #region scheduler
  const epoll = new Epoll();
  const tasks = new Map<number, { code: Coroutine; waitsFor: unknown }>(); // by the descriptor that they wait for
  const pause = new AcceptPause();
  start(listener.fd, acceptAll());

  for (;;) {
    const ready = epoll.wait(pause.countDown()); // sleeps until any of them has something
    for (let i = 0; i < ready; i += 1) resume(epoll.fd(i));
    if (tasks.get(listener.fd)!.waitsFor === "later") resume(listener.fd); // once a turn, whatever the others have
  }

  function start(fd: number, code: Coroutine): void {
    code.next(); // runs until it would wait: to be readable
    tasks.set(fd, { code, waitsFor: "readable" });
    epoll.add(fd, EVENTS.readable);
  }

  function resume(fd: number): void {
    const task = tasks.get(fd)!;
    const { value, done } = task.code.next(); // runs until it would wait again
    if (done) tasks.delete(fd);
    else if (value !== task.waitsFor) epoll.modify(fd, EVENTS[value]);
    task.waitsFor = value;
  }
  // #endregion

  // #region conversation
  function* acceptAll(): Coroutine {
    for (;;) {
      while (tasks.size > maxConnections || pause.isOn) yield "later";
      yield "readable";
      const socket = listener.tryAccept();
      if (socket === "exhausted") pause.begin();
      else if (socket !== "no client") start(socket.fd, echo(socket));
    }
  }
};

function* echo(socket: Socket): Coroutine {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      yield "readable"; // the others go on
      const length = socket.tryRecv(buffer);
      if (length === 0) return; // FIN
      for (let sent = 0; sent < length; ) {
        const taken = socket.trySend(buffer, sent, length);
        if (taken === -1)
          yield "writable"; // the others go on
        else sent += taken;
      }
    }
  } catch (error) {
    if (!clientIsGone(error)) throw error;
  } finally {
    socket.close();
  }
}
// #endregion
