import {
  check,
  createSocket,
  Descriptor,
  flagsOf,
  MSG_NOSIGNAL,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./descriptor.ts";
import {
  checkRange,
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
import { encodeAddress, type SocketAddress } from "./sockaddr.ts";

export type { SocketAddress };

const SO_ERROR = 4;
const SO_RCVBUF = 8;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_OOB = 1;
const SHUT = { read: 0, write: 1, both: 2 };
/** How long an accept that waits leaves an exhausted machine alone before it asks again, in milliseconds. */
const EXHAUSTION_PAUSE = 100;
/** Connections that may fail one after the other, before `tryAccept` returns without a client. */
const MAX_FAILED_CONNECTIONS = 64;

export interface ListenOptions extends SocketAddress {
  /** Connections the kernel completes before `accept`; at most net.core.somaxconn (listen(2)). */
  readonly backlog: number;
  /** SO_REUSEPORT (socket(7)): several listeners have one port, and the kernel spreads the connections over them. */
  readonly reusePort?: boolean;
}

export interface ConnectOptions {
  /** `setReceiveBuffer` before the connect; default: the kernel tunes it. */
  readonly receiveBuffer?: number;
}

/**
 * A TCP socket of the kernel, with the manual pages' names. Blocking until `setBlocking(false)`.
 * Every failure throws a SocketError, but for a non-blocking call that has nothing: that throws WouldBlockError.
 * EINTR is retried. Every descriptor is close-on-exec.
 */
export class Socket extends Descriptor {
  #accepting = false;

  /** socket(2), bind(2) with SO_REUSEADDR, listen(2). Whom it accepts has TCP_NODELAY: on Linux that is inherited. */
  static listen(options: ListenOptions): Socket {
    if (!Number.isInteger(options.backlog) || options.backlog < 0)
      throw new RangeError(`a backlog is a whole number, 0 or more, not ${options.backlog}`);
    const address = encodeAddress(options);
    const socket = new Socket(createSocket(address, SOCK_STREAM));
    return socket.orClose(() => {
      socket.setOption(SOL_SOCKET, SO_REUSEADDR, Int32Array.of(1));
      if (options.reusePort) socket.setOption(SOL_SOCKET, SO_REUSEPORT, Int32Array.of(1));
      socket.setNoDelay(true);
      const about = `${options.host}:${options.port}`;
      check("bind", libc.bind(socket.fd, address, address.length), about);
      check("listen", libc.listen(socket.fd, options.backlog), about);
    });
  }

  /** connect(2): returns a connected, blocking socket with TCP_NODELAY. */
  static connect(to: SocketAddress): Socket {
    const address = encodeAddress(to);
    const socket = new Socket(createSocket(address, SOCK_STREAM));
    return socket.orClose(() => {
      check("connect", libc.connect(socket.fd, address, address.length), `${to.host}:${to.port}`);
      socket.setNoDelay(true);
    });
  }

  /** connect(2) on a non-blocking socket: it is writable (`Epoll`) once connected or refused; `pendingError` tells which. */
  static connectNonBlocking(to: SocketAddress, { receiveBuffer }: ConnectOptions = {}): Socket {
    const address = encodeAddress(to);
    const socket = new Socket(createSocket(address, SOCK_STREAM | SOCK_NONBLOCK));
    return socket.orClose(() => {
      // Before the connect: the first window that the peer is told already follows from it.
      if (receiveBuffer !== undefined) socket.setReceiveBuffer(receiveBuffer);
      if (libc.connect(socket.fd, address, address.length) === -1) {
        const errno = libc.errno();
        if (errno !== EINPROGRESS) throw new SocketError("connect", errno, `${to.host}:${to.port}`);
      }
      socket.setNoDelay(true);
    });
  }

  /** A socket over a descriptor that another thread has accepted: whoever wraps it last owns it, and closes it. */
  static fromFd(fd: number): Socket {
    flagsOf(fd); // or it is none
    return new Socket(fd);
  }

  /**
   * accept4(2). A blocking socket waits, also while no descriptor or memory is left: it asks again every 100 ms. A non-blocking one throws then: see `SocketError.isExhaustion`.
   */
  accept(): Socket {
    for (;;) {
      const fd = libc.accept4(this.fd, null, null, SOCK_CLOEXEC);
      if (fd !== -1) return new Socket(fd);
      const errno = libc.errno();
      if (isOneConnectionsFailure(errno)) continue;
      if (errno === EAGAIN) throw WouldBlockError;
      if (!isExhaustion(errno) || !this.isBlocking) throw new SocketError("accept", errno);
      sleep(EXHAUSTION_PAUSE);
    }
  }

  /**
   * accept4(2) on a non-blocking listener (on a blocking one it waits, as `accept` does); the client is non-blocking too.
   * "nobody": no client is waiting. "exhausted": a client may be waiting, but no descriptor or memory is left for it. A
   * listener that is watched stays ready then, so leave it alone for a while: to accept again at once is to spin.
   */
  tryAccept(): Socket | "nobody" | "exhausted" {
    for (let failed = 0; failed < MAX_FAILED_CONNECTIONS; failed += 1) {
      const fd = libc.accept4(this.fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd !== -1) return new Socket(fd);
      const errno = libc.errno();
      if (errno === EAGAIN) return "nobody";
      if (isExhaustion(errno)) return "exhausted";
      if (!isOneConnectionsFailure(errno)) throw new SocketError("accept", errno);
    }
    return "exhausted"; // accept has nothing but failures: the clients that are served should not wait for it
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
        if (fd >= 0) return new Socket(fd);
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

  /** send(2) of `from[start, end)`: the number of bytes that the kernel took, which may be fewer. @throws RangeError beyond `from` */
  send(from: Uint8Array, start = 0, end = from.length): number {
    const sent = this.trySend(from, start, end);
    if (sent === -1) throw WouldBlockError;
    return sent;
  }

  /** send(2), where "no room yet" is an ordinary answer: -1. */
  trySend(from: Uint8Array, start: number, end: number): number {
    checkRange(start, end, from.length);
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

  /** TCP_NODELAY (tcp(7)): small messages leave at once instead of waiting for the last one's acknowledgement. */
  setNoDelay(noDelay: boolean): void {
    this.setOption(IPPROTO_TCP, TCP_NODELAY, Int32Array.of(noDelay ? 1 : 0));
  }

  /** SO_RCVBUF (socket(7)): the kernel doubles the number, and no longer tunes the buffer itself. */
  setReceiveBuffer(bytes: number): void {
    if (!Number.isInteger(bytes) || bytes < 1)
      throw new RangeError(`a receive buffer is a whole number of bytes, 1 or more, not ${bytes}`);
    this.setOption(SOL_SOCKET, SO_RCVBUF, Int32Array.of(bytes));
  }

  /** SO_LINGER with a time of 0 (socket(7)): `close` then sends RST, not FIN, and drops what is unsent. */
  setResetOnClose(): void {
    this.setOption(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0));
  }

  /** SO_ERROR (socket(7)): the error of a connect that went on in the background, or undefined. Reading clears it. */
  pendingError(): SocketError | undefined {
    const value = new Int32Array(1);
    check("getsockopt", libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, value, Int32Array.of(4)));
    return value[0] === 0 ? undefined : new SocketError("connect", value[0]!);
  }

  /** shutdown(2). On a listener it wakes the thread that is blocked in `accept`; `close` would wake nobody. */
  shutdown(how: keyof typeof SHUT): void {
    check("shutdown", libc.shutdown(this.fd, SHUT[how]));
  }
}
