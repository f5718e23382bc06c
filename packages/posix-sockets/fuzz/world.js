// What the calls act on: connections that may be used, and those that no call may ever reach.
import * as posix from "../dist/index.js";
import { Find, SENT } from "./values.js";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const scrap = new Uint8Array(1 << 20);

export const listener = posix.Socket.listen({ ...LOOPBACK, backlog: 1024 });
const to = listener.address();
listener.setBlocking(false);

/** A connection inside this process, and how many bytes may be on their way to each side. */
export class Connection {
  constructor() {
    this.ends = [posix.Socket.connect(to), listener.tryAccept()];
    this.due = [0, 0];
    for (const end of this.ends) end.setBlocking(false);
    this.fds = this.ends.map(({ fd }) => fd);
  }
  /** @throws where a side has something that was not sent to it */
  drain(sides = [0, 1]) {
    for (const side of sides) {
      if (this.ends[side].fd === -1) continue;
      for (;;) {
        const length = receive(this.ends[side]);
        if (length <= 0) break;
        this.took(side, length, scrap);
      }
    }
  }
  took(side, length, bytes) {
    this.due[side] -= length;
    if (this.due[side] < 0) throw new Find(`a connection has ${-this.due[side]} bytes more than were sent to it`);
    for (let i = 0; i < length; i += 1)
      if (bytes[i] !== SENT)
        throw new Find(`a connection has received byte ${bytes[i]}, which was in no range that was sent`);
  }
  close() {
    for (const end of this.ends) end.close();
  }
}

function receive(socket) {
  try {
    return socket.tryRecv(scrap);
  } catch (error) {
    if (error instanceof posix.SocketError) return 0; // a reset
    throw error;
  }
}

/** Nothing is ever said here but by `check` itself. */
export class Bystanders {
  #tcp = [new Connection(), new Connection()];
  #udp = [posix.UdpSocket.bound(LOOPBACK), posix.UdpSocket.bound(LOOPBACK)];
  #epoll = new posix.Epoll();
  #from = new posix.PeerAddress();

  constructor() {
    for (const socket of this.#udp) socket.setBlocking(false);
    for (const { ends } of this.#tcp) for (const { fd } of ends) this.#epoll.add(fd, posix.EPOLLIN);
  }
  check() {
    if (this.#epoll.wait(0) !== 0) throw new Find("a bystander has something");
    for (const { ends } of this.#tcp)
      for (const end of ends) if (end.tryRecv(scrap) !== -1) throw new Find("a bystander has received");
    for (const socket of this.#udp)
      if (socket.tryRecvFrom(scrap, this.#from) !== -1) throw new Find("a bystander has a datagram");
    for (const {
      ends: [near, far],
    } of this.#tcp) {
      near.sendAll(Buffer.from("are you there?"));
      if (far.recv(scrap) !== 14) throw new Find("a bystander's connection is broken");
    }
    this.#udp[0].sendTo(Buffer.from("and you?"), 8, posix.PeerAddress.of(this.#udp[1].address()));
    if (this.#udp[1].recvFrom(scrap, this.#from) !== 8) throw new Find("a bystander's datagram is lost");
  }
}
