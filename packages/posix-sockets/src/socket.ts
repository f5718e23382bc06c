import { AsyncAccept } from "./accept-async.ts";
import { checkBoolean, checkWhole } from "./checks.ts";
import {
  check,
  checkStream,
  createSocket,
  orClose,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
} from "./descriptor.ts";
import {
  canAcceptAgain,
  EAGAIN,
  EINPROGRESS,
  isExhaustion,
  isOneConnectionsFailure,
  MAX_FAILED_CONNECTIONS,
  RETRY_ACCEPT_MS,
  SocketError,
  WouldBlockError,
} from "./errors.ts";
import * as libc from "./libc.ts";
import { MADE_HERE, openFd } from "./owned.ts";
import { sleep } from "./process.ts";
import { encodeAddress, type SocketAddress } from "./sockaddr.ts";
import { Stream } from "./stream.ts";

export type { SocketAddress };

const MAX_BACKLOG = 0x7fff_ffff;
const F_DUPFD_CLOEXEC = 1030;

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
export class Socket extends Stream {
  #async: AsyncAccept | undefined;
  #isNonBlocking = false;

  /** socket(2), bind(2) with SO_REUSEADDR, listen(2). Whom it accepts has TCP_NODELAY: on Linux that is inherited. */
  static listen(options: ListenOptions): Socket {
    const { host, port, backlog, reusePort = false } = options;
    checkWhole("a backlog", backlog, 0, MAX_BACKLOG);
    checkBoolean("reusePort", reusePort);
    const address = encodeAddress({ host, port });
    const socket = new Socket(createSocket(address, SOCK_STREAM), MADE_HERE);
    return orClose(socket, () => {
      setOption(socket.fd, SOL_SOCKET, SO_REUSEADDR, 1);
      if (reusePort) setOption(socket.fd, SOL_SOCKET, SO_REUSEPORT, 1);
      socket.setNoDelay(true);
      const about = `${host}:${port}`;
      check("bind", libc.bind(socket.fd, address, address.length), about);
      check("listen", libc.listen(socket.fd, backlog), about);
    });
  }

  /** connect(2): returns a connected, blocking socket with TCP_NODELAY. */
  static connect({ host, port }: SocketAddress): Socket {
    const address = encodeAddress({ host, port });
    const socket = new Socket(createSocket(address, SOCK_STREAM), MADE_HERE);
    return orClose(socket, () => {
      check("connect", libc.connect(socket.fd, address, address.length), `${host}:${port}`);
      socket.setNoDelay(true);
    });
  }

  /** connect(2) on a non-blocking socket: it is writable (`Epoll`) once connected or refused; `pendingError` tells which. */
  static connectNonBlocking({ host, port }: SocketAddress, { receiveBuffer }: ConnectOptions = {}): Socket {
    const address = encodeAddress({ host, port });
    const socket = new Socket(createSocket(address, SOCK_STREAM | SOCK_NONBLOCK), MADE_HERE);
    return orClose(socket, () => {
      // Before the connect: the first window that the peer is told already follows from it.
      if (receiveBuffer !== undefined) socket.setReceiveBuffer(receiveBuffer);
      if (libc.connect(socket.fd, address, address.length) === -1) {
        const errno = libc.errno();
        if (errno !== EINPROGRESS) throw new SocketError("connect", errno, `${host}:${port}`);
      }
      socket.setNoDelay(true);
    });
  }

  /**
   * A socket over a descriptor that another thread has accepted, or a parent has passed on. The new object owns it, and
   * closes it: the other thread has called `detach()`. An object of this thread that had it is closed from now on.
   * @throws SocketError for a number that is no descriptor of a socket
   */
  static fromFd(fd: number): Socket {
    checkStream(fd);
    const socket = new Socket(fd, MADE_HERE);
    socket.#isNonBlocking = !socket.isBlocking;
    return socket;
  }

  /** A descriptor of its own (dup(2)) for a socket that other threads go on using, by theirs. */
  static duplicateOf(fd: number): Socket {
    checkStream(fd);
    return Socket.fromFd(check("fcntl", libc.fcntl(fd, F_DUPFD_CLOEXEC, 0)));
  }

  /**
   * accept4(2). A blocking socket waits, also while no descriptor or memory is left: it asks again every 100 ms. A
   * non-blocking one throws then: see `SocketError.isExhaustion`.
   */
  accept(): Socket {
    for (let failed = 1; ; failed += 1) {
      const fd = libc.accept4(openFd(this, "accept"), null, null, SOCK_CLOEXEC);
      if (fd !== -1) return new Socket(fd, MADE_HERE);
      const errno = libc.errno();
      if (isOneConnectionsFailure(errno) && failed % MAX_FAILED_CONNECTIONS !== 0) continue;
      if (errno === EAGAIN) {
        if (this.#isNonBlocking || !this.#isBlockingAgain()) throw WouldBlockError;
        continue;
      }
      if (!canAcceptAgain(errno) || !this.isBlocking) throw new SocketError("accept", errno);
      sleep(RETRY_ACCEPT_MS);
    }
  }

  /**
   * accept4(2) on a non-blocking listener (on a blocking one it waits, as `accept` does); the client is non-blocking too.
   * "no client": no client is waiting. "exhausted": a client may be waiting, but no descriptor or memory is left for it. A
   * listener that is watched stays ready then, so leave it alone for a while: to accept again at once is to spin.
   */
  tryAccept(): Socket | "no client" | "exhausted" {
    for (let failed = 0; failed < MAX_FAILED_CONNECTIONS; failed += 1) {
      const fd = libc.accept4(openFd(this, "accept"), null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd !== -1) return new Socket(fd, MADE_HERE);
      const errno = libc.errno();
      if (errno === EAGAIN) return "no client";
      if (isExhaustion(errno)) return "exhausted";
      if (!isOneConnectionsFailure(errno)) throw new SocketError("accept", errno);
    }
    return "exhausted"; // accept has nothing but failures: the clients that are served should not wait for it
  }

  /**
   * Waits for a client on one of the four threads of libuv's pool, while this thread goes on. One at a time.
   * Where no descriptor or memory is left it asks again every 100 ms. `close` ends it: it rejects with EBADF.
   */
  async acceptAsync(): Promise<Socket> {
    this.#async ??= new AsyncAccept();
    return new Socket(await this.#async.next(this), MADE_HERE);
  }

  override setBlocking(blocking: boolean): void {
    super.setBlocking(blocking);
    this.#isNonBlocking = !blocking;
  }

  override close(): void {
    super.close();
    this.#async?.end();
  }

  override detach(): number {
    const fd = super.detach();
    this.#async?.end();
    return fd;
  }

  /** An `acceptAsync` of another thread makes the listener non-blocking for a moment. */
  #isBlockingAgain(): boolean {
    sleep(1);
    return this.isBlocking;
  }
}
