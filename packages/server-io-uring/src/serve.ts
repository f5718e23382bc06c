// Completion: one thread asks the kernel to receive and to send, and is told when it is done; no call waits but one.
// Mechanism: io_uring; one accept that goes on for ever, and for each client one operation under way: recv, or send.
// Cost: one io_uring_enter a turn, whoever has something; a buffer is the kernel's while it works, and is given back.
import { canAcceptAgain, ENOBUFS, IoUring, isNothingYet, Socket, SocketError } from "@echolab/posix-sockets";
import { clientIsGone, RETRY_ACCEPT_MS, type Serve } from "@echolab/protocol-core";

export const serve: Serve = ({ host, port, backlog, maxConnections }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  const ring = new IoUring();
  listening(listener.address());
  // By descriptor: what was received and not yet sent back is [start, end) of a buffer of the ring.
  const clients = new Map<number, { buffer: number; start: number; end: number }>();
  const waiting: number[] = []; // those of them for whom there is no place yet

  // #region serve
  ring.accept(listener.fd);
  for (;;) {
    // enter hands over all that was asked, and sleeps until some of it is done.
    for (let i = 0, done = ring.enter(1); i < done; i += 1) {
      const kind = ring.kind(i);
      if (kind === "recv") received(ring.fd(i), ring.result(i), ring.buffer(i));
      else if (kind === "send") sent(ring.fd(i), ring.result(i));
      else if (kind === "accept") accepted(ring.result(i), ring.more(i));
      else if (kind === "timeout") ring.accept(listener.fd);
    }
  }
  // #endregion

  function accepted(result: number, more: boolean): void {
    if (result >= 0) {
      clients.set(result, { buffer: 0, start: 0, end: 0 });
      if (clients.size <= Math.min(maxConnections, ring.mostBuffers)) ring.recv(result);
      else waiting.push(result);
    }
    if (more) return; // the one accept goes on, and brings the next client
    if (result >= 0) ring.accept(listener.fd);
    else if (canAcceptAgain(-result))
      ring.timeout(listener.fd, RETRY_ACCEPT_MS); // at once might be to spin
    else throw new SocketError("accept", -result);
  }

  // #region echo
  // Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
  function received(fd: number, result: number, buffer: number): void {
    const owed = clients.get(fd)!;
    if (result > 0) {
      owed.buffer = buffer;
      owed.start = 0;
      owed.end = result;
      ring.send(fd, buffer, 0, result);
    } else {
      if (buffer !== -1) ring.give(buffer);
      if (result === -ENOBUFS) ring.addBuffer(); // others hold them all: who finds none brings one along
      if (result !== -ENOBUFS && hasLeft("recv", result)) leave(fd);
      else ring.recv(fd);
    }
  }

  function sent(fd: number, result: number): void {
    const owed = clients.get(fd)!;
    if (result > 0) owed.start += result;
    const isGone = hasLeft("send", result);
    if (!isGone && owed.start < owed.end) {
      ring.send(fd, owed.buffer, owed.start, owed.end); // a short send: the rest is sent on
    } else {
      ring.give(owed.buffer);
      if (isGone) leave(fd);
      else ring.recv(fd);
    }
  }
  // #endregion

  function hasLeft(call: string, result: number): boolean {
    if (result === 0) return true; // FIN
    if (result > 0 || isNothingYet(-result)) return false;
    const error = new SocketError(call, -result);
    if (!clientIsGone(error)) throw error; // a mistake in this program
    return true; // ECONNRESET, EPIPE
  }

  // Nothing of this client is under way, so its descriptor may be somebody else's at once.
  function leave(fd: number): void {
    ring.closeFd(fd);
    clients.delete(fd);
    if (waiting.length > 0) ring.recv(waiting.shift()!);
  }
};
