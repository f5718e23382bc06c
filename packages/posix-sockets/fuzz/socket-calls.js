// The calls of sockets, with arguments that may be wrong. A call gets them through `make`, which
// takes the mark off a wrong one and remembers that there was one.
import * as posix from "../dist/index.js";
import { makeBytes } from "./bytes.js";
import { SENT } from "./values.js";
import { Connection, listener } from "./world.js";

const { Epoll, FdSet, PeerAddress, PollFds, Socket, UdpSocket } = posix;
const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** What the calls of one run use. */
export function makeState() {
  const udp = [UdpSocket.bound(LOOPBACK), UdpSocket.bound(LOOPBACK)];
  for (const socket of udp) socket.setBlocking(false);
  return {
    connections: Array.from({ length: 4 }, () => new Connection()),
    closed: [new Connection(), new Connection()].flatMap((each) => {
      each.close();
      return each.ends;
    }),
    udp,
    peers: [PeerAddress.of(udp[0].address()), new PeerAddress()],
    epoll: new Epoll(8),
    found: 0,
    sets: [new FdSet(), new FdSet()],
    fds: new PollFds(),
    pending: 0,
  };
}

export function socketCalls(v, s) {
  const end = () => {
    const connection = v.of(s.connections);
    const side = v.below(2);
    return { connection, side, socket: connection.ends[side] };
  };
  const send = (call) => (make) => {
    const { connection, side, socket } = end();
    const bytes = makeBytes(v, SENT);
    const [start, stop] = v.range(bytes.length);
    make.buffers.push(bytes);
    const [from, first, last] = [make(bytes.value), make(start), make(stop)];
    if (make.isWrong) return call(socket, from, first, last);
    connection.due[1 - side] += last - first; // at most
    return call(socket, from, first, last);
  };
  const receive = (call) => (make) => {
    const { connection, side, socket } = end();
    const bytes = makeBytes(v, 0);
    make.buffers.push(bytes);
    const into = make(bytes.value);
    const length = call(socket, into);
    if (length > 0) connection.took(side, length, bytes.plain);
    return length;
  };
  return {
    send: send((socket, from, start, stop) => socket.send(from, start, stop)),
    trySend: send((socket, from, start, stop) => socket.trySend(from, start, stop)),
    sendAll: (make) => {
      const { connection, side, socket } = end();
      const bytes = makeBytes(v, SENT);
      make.buffers.push(bytes);
      const [from, length] = [
        make(bytes.value),
        make(v.below(2) ? v.below(bytes.length + 1) : v.given(v.range(bytes.length)[1])),
      ];
      if (!make.isWrong) connection.due[1 - side] += length;
      return socket.sendAll(from, length);
    },
    sendUrgent: (make) => {
      const { connection, side, socket } = end();
      const bytes = makeBytes(v, SENT);
      make.buffers.push(bytes);
      const from = make(bytes.value);
      if (!make.isWrong) connection.due[1 - side] += bytes.length;
      return socket.sendUrgent(from);
    },
    recv: receive((socket, into) => socket.recv(into)),
    tryRecv: receive((socket, into) => socket.tryRecv(into)),
    setBlocking: (make) => end().socket.setBlocking(make(v.boolean(false))),
    setNoDelay: (make) => end().socket.setNoDelay(make(v.boolean(v.below(2) === 0))),
    shutdown: (make) =>
      end().socket.shutdown(
        make(
          v.below(50) ? v.wrong(["toString", "constructor", "__proto__", 0, 1, undefined, null, ["read"]]) : "write",
        ),
      ),
    state: () => {
      const { socket } = end();
      return [socket.isBlocking, socket.address(), socket.pendingError(), socket.fd];
    },
    setResetOnClose: () => v.below(100) === 0 && end().socket.setResetOnClose(),
    close: () => {
      const at = v.below(s.connections.length);
      const { ends } = s.connections[at];
      s.connections[at].close();
      s.closed.splice(v.below(s.closed.length), 1, v.of(ends));
      s.connections[at] = new Connection();
    },
    detach: () => {
      const { connection, side, socket } = end();
      const fd = socket.detach();
      s.closed.splice(v.below(s.closed.length), 1, socket);
      connection.ends[side] = Socket.fromFd(fd);
    },
    takeOver: () => {
      const { connection, side, socket } = end();
      connection.ends[side] = Socket.fromFd(socket.fd);
      s.closed.splice(v.below(s.closed.length), 1, socket);
    },
    fromFd: (make) =>
      Socket.fromFd(make(v.wrong([-1, Number.NaN, "5", 2 ** 31, 2 ** 30, null, undefined, 1.5, s.udp[0].fd, {}]))),
    duplicateOf: (make) => Socket.duplicateOf(make(v.descriptor(end().socket.fd))).close(),
    construct: (make) => new (v.of([Socket, UdpSocket]))(make(v.wrong([0, 5, end().socket.fd, "5"]))),
    listen: (make) =>
      Socket.listen({
        host: make(v.host()),
        port: make(v.port(0)),
        backlog: make(v.whole(1)),
        reusePort: make(v.given(v.boolean(false))),
      }).close(),
    connect: (make) => {
      Socket.connectNonBlocking({ host: make(v.host()), port: make(v.port(listener.address().port)) }).close();
      for (let client = listener.tryAccept(); client instanceof Socket; client = listener.tryAccept()) client.close();
    },
    accept: () => listener.accept(),
    acceptAsync: () => {
      if (s.pending > 1) return;
      const other = Socket.listen({ ...LOOPBACK, backlog: 1 });
      s.pending += 1;
      other.acceptAsync().catch((error) => {
        s.pending -= 1;
        if (error.code !== "EBADF") throw error;
      });
      setImmediate(() => other.close());
    },
  };
}
