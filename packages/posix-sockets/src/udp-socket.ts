import { check, createSocket, Descriptor, SOCK_DGRAM } from "./descriptor.ts";
import { checkRange, EAGAIN, EINTR, SocketError, WouldBlockError } from "./errors.ts";
import * as libc from "./libc.ts";
import { decodeAddress, encodeAddress, type SocketAddress } from "./sockaddr.ts";

/** `struct sockaddr` as recvfrom(2) fills it in: whoever answers gives it back as it is. One for all datagrams will do. */
export class PeerAddress {
  /** For the kernel. */
  readonly memory = new Uint8Array(28);
  readonly lengthMemory = Int32Array.of(28);

  /** That of a peer who is known already. */
  static of(address: SocketAddress): PeerAddress {
    const peer = new PeerAddress();
    const bytes = encodeAddress(address);
    peer.memory.set(bytes);
    peer.lengthMemory[0] = bytes.length;
    return peer;
  }

  get host(): string {
    return decodeAddress(this.memory).host;
  }

  get port(): number {
    return (this.memory[2]! << 8) | this.memory[3]!;
  }
}

/**
 * A UDP socket of the kernel (udp(7)): a datagram in, a datagram out, each whole, or lost. Blocking until
 * `setBlocking(false)`.
 */
export class UdpSocket extends Descriptor {
  /** socket(2), bind(2). Port 0 lets the kernel choose. */
  static bound(to: SocketAddress): UdpSocket {
    const address = encodeAddress(to);
    const socket = new UdpSocket(createSocket(address, SOCK_DGRAM));
    return socket.orClose(() => {
      check("bind", libc.bind(socket.fd, address, address.length), `${to.host}:${to.port}`);
    });
  }

  /** recvfrom(2): the number of bytes now in `into`, which may be 0, and who sent them. What does not fit is lost. */
  recvFrom(into: Uint8Array, from: PeerAddress): number {
    const received = this.tryRecvFrom(into, from);
    if (received === -1) throw WouldBlockError;
    return received;
  }

  /** recvfrom(2), where "nothing there yet" is an ordinary answer: -1. */
  tryRecvFrom(into: Uint8Array, from: PeerAddress): number {
    for (;;) {
      from.lengthMemory[0] = from.memory.length;
      const received = libc.recvfrom(this.fd, into, into.length, 0, from.memory, from.lengthMemory);
      if (received !== -1) return received;
      const errno = libc.errno();
      if (errno === EAGAIN) return -1;
      if (errno !== EINTR) throw new SocketError("recvfrom", errno);
    }
  }

  /** sendto(2): one datagram of the first `length` bytes. @throws RangeError beyond them; WouldBlockError where a non-blocking socket has no room */
  sendTo(bytes: Uint8Array, length: number, to: PeerAddress): void {
    checkRange(0, length, bytes.length);
    const { memory, lengthMemory } = to;
    for (;;) {
      if (libc.sendto(this.fd, bytes, length, 0, memory, lengthMemory[0]!) !== -1) return;
      const errno = libc.errno();
      if (errno === EAGAIN) throw WouldBlockError;
      if (errno !== EINTR) throw new SocketError("sendto", errno);
    }
  }
}
