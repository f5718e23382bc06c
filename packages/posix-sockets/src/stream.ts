import { checkBoolean, checkBytes, checkRange, checkWhole, describe, part } from "./checks.ts";
import { check, Descriptor, MSG_NOSIGNAL, numberOption, SOL_SOCKET, setOption } from "./descriptor.ts";
import { EAGAIN, EINTR, SocketError, WouldBlockError } from "./errors.ts";
import * as libc from "./libc.ts";
import { openFd } from "./owned.ts";

const SO_ERROR = 4;
const SO_RCVBUF = 8;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_OOB = 1;
/** The kernel doubles it, into an int. */
const MAX_BUFFER_BYTES = 0x3fff_ffff;
const SHUT = new Map([
  ["read", 0],
  ["write", 1],
  ["both", 2],
]);

/** What a connection can do: bytes in, bytes out, and its end. */
export abstract class Stream extends Descriptor {
  /** recv(2): the number of bytes now in `into`; 0 at the peer's FIN. @throws RangeError for no room: 0 would look like a FIN */
  recv(into: Uint8Array): number {
    const received = this.tryRecv(into);
    if (received === -1) throw WouldBlockError;
    return received;
  }

  /** recv(2), where "nothing there yet" is an ordinary answer: -1. */
  tryRecv(into: Uint8Array): number {
    const fd = openFd(this, "recv");
    const length = checkBytes(into);
    if (length === 0) throw new RangeError("there is no room to receive into: 0 bytes");
    for (;;) {
      const received = libc.recv(fd, into, length, 0);
      if (received !== -1) return received;
      const errno = libc.errno();
      if (errno === EAGAIN) return -1;
      if (errno !== EINTR) throw new SocketError("recv", errno);
    }
  }

  /** send(2) of `from[start, end)`: the number of bytes that the kernel took, which may be fewer. @throws RangeError beyond `from` */
  send(from: Uint8Array, start = 0, end?: number): number {
    openFd(this, "send");
    const sent = this.trySend(from, start, end === undefined ? checkBytes(from) : end);
    if (sent === -1) throw WouldBlockError;
    return sent;
  }

  /** send(2), where "no room yet" is an ordinary answer: -1. */
  trySend(from: Uint8Array, start: number, end: number): number {
    const fd = openFd(this, "send");
    checkRange(start, end, checkBytes(from));
    return sendPart(fd, from, start, end, MSG_NOSIGNAL);
  }

  /** Sends the first `length` bytes on a blocking socket, in as many calls as it takes. */
  sendAll(from: Uint8Array, length?: number): void {
    openFd(this, "send");
    const all = checkBytes(from);
    const end = length === undefined ? all : length;
    checkRange(0, end, all);
    for (let sent = 0; sent < end; ) sent += this.send(from, sent, end);
  }

  /**
   * send(2) with MSG_OOB: the last byte that the kernel takes is urgent (tcp(7)). The number may be fewer, as in `send`.
   * @throws RangeError for 0 bytes, of which none can be urgent
   */
  sendUrgent(bytes: Uint8Array): number {
    const fd = openFd(this, "send");
    const length = checkBytes(bytes);
    if (length === 0) throw new RangeError("there is no byte to be urgent: 0 bytes");
    const sent = sendPart(fd, bytes, 0, length, MSG_NOSIGNAL | MSG_OOB);
    if (sent === -1) throw WouldBlockError;
    return sent;
  }

  /** TCP_NODELAY (tcp(7)): small messages leave at once instead of waiting for the last one's acknowledgement. */
  setNoDelay(noDelay: boolean): void {
    const fd = openFd(this, "setsockopt");
    checkBoolean("noDelay", noDelay);
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, noDelay ? 1 : 0);
  }

  /** SO_RCVBUF (socket(7)): the kernel doubles the number, and no longer tunes the buffer itself. */
  setReceiveBuffer(bytes: number): void {
    const fd = openFd(this, "setsockopt");
    checkWhole("a receive buffer", bytes, 1, MAX_BUFFER_BYTES);
    setOption(fd, SOL_SOCKET, SO_RCVBUF, bytes);
  }

  /** SO_LINGER with a time of 0 (socket(7)): `close` then sends RST, not FIN, and drops what is unsent. */
  setResetOnClose(): void {
    setOption(openFd(this, "setsockopt"), SOL_SOCKET, SO_LINGER, 1, 0);
  }

  /** SO_ERROR (socket(7)): the error of a connect that went on in the background, or undefined. Reading clears it. */
  pendingError(): SocketError | undefined {
    const errno = numberOption(openFd(this, "getsockopt"), SO_ERROR);
    return errno === 0 ? undefined : new SocketError("connect", errno);
  }

  /** shutdown(2). On a listener it wakes the thread that is blocked in `accept`; `close` would not. */
  shutdown(how: "read" | "write" | "both"): void {
    const fd = openFd(this, "shutdown");
    const number = SHUT.get(how);
    if (number === undefined) throw new TypeError(`shutdown takes "read", "write" or "both", not ${describe(how)}`);
    check("shutdown", libc.shutdown(fd, number));
  }
}

/** send(2) of a checked range: the number of bytes that the kernel took, -1 where it has no room yet. */
function sendPart(fd: number, from: Uint8Array, start: number, end: number, flags: number): number {
  const bytes = start === 0 ? from : part(from, start, end);
  for (;;) {
    const sent = libc.send(fd, bytes, end - start, flags);
    if (sent !== -1) return sent;
    const errno = libc.errno();
    if (errno === EAGAIN) return -1;
    if (errno !== EINTR) throw new SocketError("send", errno);
  }
}
