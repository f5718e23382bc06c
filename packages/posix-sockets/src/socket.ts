import {
  EAGAIN,
  EINPROGRESS,
  EINTR,
  isExhaustion,
  isOneConnectionsFailure,
  SocketError,
  WouldBlockError,
} from "./errors.ts";
import * as libc from "./libc.ts";
import { sleep } from "./process.ts";
import { AF_INET, AF_INET6, decodeAddress, encodeAddress, type SocketAddress } from "./sockaddr.ts";

export type { SocketAddress };

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const MSG_OOB = 1;
const MSG_NOSIGNAL = 0x4000;
const SHUT = { read: 0, write: 1, both: 2 };
/** How long an accept that waits leaves an exhausted machine alone before it asks again, in milliseconds. */
const EXHAUSTION_PAUSE = 100;

export interface ListenOptions extends SocketAddress {
  /** Connections the kernel completes before `accept`; at most net.core.somaxconn (listen(2)). */
  readonly backlog: number;
}

/**
 * A TCP socket of the kernel, with the manual pages' names. Blocking until `setBlocking(false)`.
 * Every failure throws a SocketError, but for a non-blocking call that has nothing: that throws WouldBlockError.
 * EINTR is retried. Every descriptor is close-on-exec.
 */
export class Socket {
  readonly fd: number;
  #open = true;
  #blocking = true;
  #accepting = false;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** socket(2), bind(2) with SO_REUSEADDR, listen(2). */
  static listen(options: ListenOptions): Socket {
    const address = encodeAddress(options);
    const socket = Socket.#create(address, 0);
    return socket.#orClose(() => {
      socket.#setOption(SOL_SOCKET, SO_REUSEADDR, Int32Array.of(1));
      const about = `${options.host}:${options.port}`;
      check("bind", libc.bind(socket.fd, address, address.length), about);
      check("listen", libc.listen(socket.fd, options.backlog), about);
    });
  }

  /** connect(2): returns a connected, blocking socket with TCP_NODELAY. */
  static connect(to: SocketAddress): Socket {
    const address = encodeAddress(to);
    const socket = Socket.#create(address, 0);
    return socket.#orClose(() => {
      check("connect", libc.connect(socket.fd, address, address.length), `${to.host}:${to.port}`);
      socket.setNoDelay(true);
    });
  }

  /** connect(2) on a non-blocking socket: it is writable (`Epoll`) once connected or refused; `pendingError` tells which. */
  static connectNonBlocking(to: SocketAddress): Socket {
    const address = encodeAddress(to);
    const socket = Socket.#create(address, SOCK_NONBLOCK);
    socket.#blocking = false;
    return socket.#orClose(() => {
      if (libc.connect(socket.fd, address, address.length) === -1) {
        const errno = libc.errno();
        if (errno !== EINPROGRESS) throw new SocketError("connect", errno, `${to.host}:${to.port}`);
      }
      socket.setNoDelay(true);
    });
  }

  /** A socket over a descriptor that another thread has accepted: whoever wraps it last owns it, and closes it. */
  static fromFd(fd: number): Socket {
    const socket = new Socket(fd);
    socket.#blocking = (check("fcntl", libc.fcntl(fd, F_GETFL, 0)) & O_NONBLOCK) === 0;
    return socket;
  }

  /**
   * accept4(2), with TCP_NODELAY set on the connection. A blocking socket waits, also while no descriptor or memory is
   * left: it asks again every 100 ms. A non-blocking one throws then: see `SocketError.isExhaustion`.
   */
  accept(): Socket {
    for (;;) {
      const fd = libc.accept4(this.fd, null, null, SOCK_CLOEXEC);
      if (fd !== -1) return Socket.#accepted(fd);
      const errno = libc.errno();
      if (isOneConnectionsFailure(errno)) continue;
      if (errno === EAGAIN) throw WouldBlockError;
      if (!this.#blocking || !isExhaustion(errno)) throw new SocketError("accept", errno);
      sleep(EXHAUSTION_PAUSE);
    }
  }

  /**
   * A blocking accept on one of the four threads of libuv's pool, while this thread goes on. One at a time.
   * Where no descriptor or memory is left it asks again every 100 ms.
   */
  async acceptAsync(): Promise<Socket> {
    if (this.#accepting)
      throw new Error("an acceptAsync of this socket is pending: it takes one thread of four, so one at a time");
    this.#accepting = true;
    try {
      for (;;) {
        const fd = await libc.accept4Async(this.fd, SOCK_CLOEXEC);
        if (fd >= 0) return Socket.#accepted(fd);
        if (isOneConnectionsFailure(-fd)) continue;
        if (!isExhaustion(-fd)) throw new SocketError("accept", -fd);
        await new Promise((resolve) => setTimeout(resolve, EXHAUSTION_PAUSE));
      }
    } finally {
      this.#accepting = false;
    }
  }

  /** recv(2): the number of bytes now in `into`; 0 at the peer's FIN. */
  recv(into: Uint8Array): number {
    const received = this.tryRecv(into);
    if (received === -1) throw WouldBlockError;
    return received;
  }

  /** recv(2), where "nothing there yet" is an ordinary answer: -1. */
  tryRecv(into: Uint8Array): number {
    for (;;) {
      const received = libc.recv(this.fd, into, into.length, 0);
      if (received !== -1) return received;
      const errno = libc.errno();
      if (errno === EAGAIN) return -1;
      if (errno !== EINTR) throw new SocketError("recv", errno);
    }
  }

  /** send(2) of `from[start, end)`: the number of bytes that the kernel took, which may be fewer. */
  send(from: Uint8Array, start = 0, end = from.length): number {
    const sent = this.trySend(from, start, end);
    if (sent === -1) throw WouldBlockError;
    return sent;
  }

  /** send(2), where "no room yet" is an ordinary answer: -1. */
  trySend(from: Uint8Array, start: number, end: number): number {
    const bytes = start === 0 ? from : from.subarray(start);
    for (;;) {
      const sent = libc.send(this.fd, bytes, end - start, MSG_NOSIGNAL);
      if (sent !== -1) return sent;
      const errno = libc.errno();
      if (errno === EAGAIN) return -1;
      if (errno !== EINTR) throw new SocketError("send", errno);
    }
  }

  /** Sends the first `length` bytes on a blocking socket, in as many calls as it takes. */
  sendAll(from: Uint8Array, length = from.length): void {
    for (let sent = 0; sent < length; ) sent += this.send(from, sent, length);
  }

  /** send(2) with MSG_OOB: the last byte is urgent (tcp(7)). */
  sendUrgent(bytes: Uint8Array): void {
    check("send", libc.send(this.fd, bytes, bytes.length, MSG_NOSIGNAL | MSG_OOB));
  }

  /** O_NONBLOCK (fcntl(2)). A socket that was accepted is blocking, whatever its listener is. */
  setBlocking(blocking: boolean): void {
    const flags = check("fcntl", libc.fcntl(this.fd, F_GETFL, 0));
    check("fcntl", libc.fcntl(this.fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
    this.#blocking = blocking;
  }

  /** TCP_NODELAY (tcp(7)): small messages leave at once instead of waiting for the last one's acknowledgement. */
  setNoDelay(noDelay: boolean): void {
    this.#setOption(IPPROTO_TCP, TCP_NODELAY, Int32Array.of(noDelay ? 1 : 0));
  }

  /** SO_LINGER with a time of 0 (socket(7)): `close` then sends RST, not FIN, and drops what is unsent. */
  setResetOnClose(): void {
    this.#setOption(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0));
  }

  /** SO_ERROR (socket(7)): the error of a connect that went on in the background, or undefined. Reading clears it. */
  pendingError(): SocketError | undefined {
    const value = new Int32Array(1);
    check("getsockopt", libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, value, Int32Array.of(4)));
    return value[0] === 0 ? undefined : new SocketError("connect", value[0]!);
  }

  /** getsockname(2): where this socket is bound. */
  address(): SocketAddress {
    const bytes = new Uint8Array(28);
    check("getsockname", libc.getsockname(this.fd, bytes, Int32Array.of(bytes.length)));
    return decodeAddress(bytes);
  }

  /** shutdown(2). On a listener it wakes the thread that is blocked in `accept`; `close` would wake nobody. */
  shutdown(how: keyof typeof SHUT): void {
    check("shutdown", libc.shutdown(this.fd, SHUT[how]));
  }

  /** close(2). A second call does nothing: the number may be another socket's by now. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc.close(this.fd);
  }

  static #create(address: Uint8Array, flags: number): Socket {
    const family = address.length === 28 ? AF_INET6 : AF_INET;
    return new Socket(check("socket", libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)));
  }

  static #accepted(fd: number): Socket {
    const socket = new Socket(fd);
    socket.setNoDelay(true);
    return socket;
  }

  #orClose(setUp: () => void): this {
    try {
      setUp();
      return this;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #setOption(level: number, name: number, value: Int32Array): void {
    check("setsockopt", libc.setsockopt(this.fd, level, name, value, value.byteLength));
  }
}

function check(syscall: string, result: number, about?: string): number {
  if (result === -1) throw new SocketError(syscall, libc.errno(), about);
  return result;
}
