import { EPOLLIN, Epoll, PeerAddress, type SocketAddress, UdpSocket, WouldBlockError } from "@echolab/posix-sockets";

/** Opens UDP sockets, and says which of them have something to read. Tests bring one whose time is their own. */
export interface DatagramSockets {
  /** A socket on any free port, for datagrams to and from this server. */
  open(server: SocketAddress): DatagramSocket;
  /** Waits at most this long, in whole milliseconds. @returns how many sockets have something to read */
  wait(timeout: number): number;
  /** The descriptor of the `i`-th of them. */
  fd(i: number): number;
  /** After all its sockets. */
  close(): void;
}

export interface DatagramSocket {
  readonly fd: number;
  /** One datagram of the first `length` bytes. Where the kernel has no room it is lost, as it may be lost on the way. */
  send(bytes: Buffer, length: number): void;
  /** The number of bytes of the datagram that is now in `into`; -1 where nothing is there. */
  tryRecv(into: Buffer): number;
  close(): void;
}

const from = new PeerAddress();

/** The kernel's. */
export class KernelDatagramSockets implements DatagramSockets {
  readonly #epoll = new Epoll();

  open(server: SocketAddress): DatagramSocket {
    const socket = UdpSocket.bound({ host: server.host, port: 0 });
    socket.setBlocking(false);
    this.#epoll.add(socket.fd, EPOLLIN);
    const to = PeerAddress.of(server);
    return {
      fd: socket.fd,
      send(bytes, length) {
        try {
          socket.sendTo(bytes, length, to);
        } catch (error) {
          if (error !== WouldBlockError) throw error;
        }
      },
      tryRecv: (into) => socket.tryRecvFrom(into, from),
      close: () => socket.close(),
    };
  }

  wait(timeout: number): number {
    return this.#epoll.wait(timeout);
  }

  fd(i: number): number {
    return this.#epoll.fd(i);
  }

  close(): void {
    this.#epoll.close();
  }
}
