import { checkBytes, checkRange } from "./checks.ts";
import { check, createSocket, Descriptor, orClose, SOCK_DGRAM } from "./descriptor.ts";
import { EAGAIN, EINTR, SocketError, WouldBlockError } from "./errors.ts";
import * as libc from "./libc.ts";
import { MADE_HERE, openFd } from "./owned.ts";
import { decodeAddress, encodeAddress, type SocketAddress } from "./sockaddr.ts";

/** For the kernel only: no caller can change the length of an address. */
let memoryOf: (peer: PeerAddress) => Uint8Array;
let lengthOf: (peer: PeerAddress) => Int32Array;

/** `struct sockaddr` as recvfrom(2) fills it in: to answer, give it back as it is. One for all datagrams will do. */
export class PeerAddress {
  static {
    memoryOf = (peer) => peer.#memory;
    lengthOf = (peer) => peer.#length;
  }

  readonly #memory = new Uint8Array(28);
  readonly #length = Int32Array.of(0);

  /** That of a peer who is known already. */
  static of(address: SocketAddress): PeerAddress {
    const peer = new PeerAddress();
    const bytes = encodeAddress(address);
    peer.#memory.set(bytes);
    peer.#length[0] = bytes.length;
    return peer;
  }

  get host(): string {
    return decodeAddress(this.#memory).host;
  }

  get port(): number {
    return (this.#memory[2]! << 8) | this.#memory[3]!;
  }
}

/**
 * A UDP socket of the kernel (udp(7)): a datagram in, a datagram out, each whole, or lost. Blocking until
 * `setBlocking(false)`.
 */
export class UdpSocket extends Descriptor {
  /** socket(2), bind(2). Port 0 lets the kernel choose. */
  static bound({ host, port }: SocketAddress): UdpSocket {
    const address = encodeAddress({ host, port });
    const socket = new UdpSocket(createSocket(address, SOCK_DGRAM), MADE_HERE);
    return orClose(socket, () => {
      check("bind", libc.bind(socket.fd, address, address.length), `${host}:${port}`);
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
    const fd = openFd(this, "recvfrom");
    const room = checkBytes(into);
    const memory = memoryOf(from);
    const length = lengthOf(from);
    for (;;) {
      length[0] = memory.length;
      const received = libc.recvfrom(fd, into, room, 0, memory, length);
      if (received !== -1) return received;
      const errno = libc.errno();
      if (errno === EAGAIN) return -1;
      if (errno !== EINTR) throw new SocketError("recvfrom", errno);
    }
  }

  /** sendto(2): one datagram of the first `length` bytes. @throws RangeError beyond them; WouldBlockError where a non-blocking socket has no room */
  sendTo(bytes: Uint8Array, length: number, to: PeerAddress): void {
    const fd = openFd(this, "sendto");
    checkRange(0, length, checkBytes(bytes));
    const memory = memoryOf(to);
    const addressLength = lengthOf(to)[0]!;
    if (addressLength === 0) throw new TypeError("this PeerAddress is empty: recvFrom fills it in");
    for (;;) {
      if (libc.sendto(fd, bytes, length, 0, memory, addressLength) !== -1) return;
      const errno = libc.errno();
      if (errno === EAGAIN) throw WouldBlockError;
      if (errno !== EINTR) throw new SocketError("sendto", errno);
    }
  }
}
