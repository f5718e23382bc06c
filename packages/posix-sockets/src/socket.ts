import { acceptNow, ClientWait } from "./accept-async.ts";
import { checkBoolean, checkWhole } from "./checks.ts";
import {
  check,
  checkStream,
  createSocket,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./descriptor.ts";
import {
  canAcceptAgain,
  EAGAIN,
  EINPROGRESS,
  isExhaustion,
  isOneConnectionsFailure,
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
/** How long an accept that fails leaves the listener alone before it asks again, in milliseconds. */
export const RETRY_ACCEPT_MS = 100;
/** Connections that may fail one after the other, before accept is taken for exhausted. */
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
export class Socket extends Stream {
  #wait: ClientWait | undefined;
  #isAccepting = false;
  #isNonBlocking = false;

  /** socket(2), bind(2) with SO_REUSEADDR, listen(2). Whom it accepts has TCP_NODELAY: on Linux that is inherited. */
  static listen(options: ListenOptions): Socket {
    const { host, port, backlog, reusePort = false } = options;
    checkWhole("a backlog", backlog, 0, MAX_BACKLOG);
    checkBoolean("reusePort", reusePort);
    const address = encodeAddress({ host, port });
    const socket = new Socket(createSocket(address, SOCK_STREAM), MADE_HERE);
    return socket.orClose(() => {
      socket.setOption(SOL_SOCKET, SO_REUSEADDR, Int32Array.of(1));
      if (reusePort) socket.setOption(SOL_SOCKET, SO_REUSEPORT, Int32Array.of(1));
      socket.setNoDelay(true);
      const about = `${host}:${port}`;
      check("bind", libc.bind(socket.fd, address, address.length), about);
      check("listen", libc.listen(socket.fd, backlog), about);
    });
  }

  /** connect(2): returns a connected, blocking socket with TCP_NODELAY. */
  static connect(to: SocketAddress): Socket {
    const address = encodeAddress(to);
    const socket = new Socket(createSocket(address, SOCK_STREAM), MADE_HERE);
    return socket.orClose(() => {
      check("connect", libc.connect(socket.fd, address, address.length), `${to.host}:${to.port}`);
      socket.setNoDelay(true);
    });
  }

  /** connect(2) on a non-blocking socket: it is writable (`Epoll`) once connected or refused; `pendingError` tells which. */
  static connectNonBlocking(to: SocketAddress, { receiveBuffer }: ConnectOptions = {}): Socket {
    const address = encodeAddress(to);
    const socket = new Socket(createSocket(address, SOCK_STREAM | SOCK_NONBLOCK), MADE_HERE);
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
   * "nobody": no client is waiting. "exhausted": a client may be waiting, but no descriptor or memory is left for it. A
   * listener that is watched stays ready then, so leave it alone for a while: to accept again at once is to spin.
   */
  tryAccept(): Socket | "nobody" | "exhausted" {
    for (let failed = 0; failed < MAX_FAILED_CONNECTIONS; failed += 1) {
      const fd = libc.accept4(openFd(this, "accept"), null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd !== -1) return new Socket(fd, MADE_HERE);
      const errno = libc.errno();
      if (errno === EAGAIN) return "nobody";
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
    openFd(this, "accept");
    if (this.#isAccepting)
      throw new Error("an acceptAsync of this socket is pending: it takes one thread of four, so one at a time");
    this.#isAccepting = true;
    try {
      for (let failed = 1; ; failed += 1) {
        const fd = await this.#acceptOnce();
        if (fd >= 0) return new Socket(fd, MADE_HERE);
        if (fd === -EAGAIN) continue;
        if (isOneConnectionsFailure(-fd) && failed % MAX_FAILED_CONNECTIONS !== 0) continue;
        if (!canAcceptAgain(-fd)) throw new SocketError("accept", -fd);
        await new Promise((resolve) => setTimeout(resolve, RETRY_ACCEPT_MS));
      }
    } finally {
      this.#isAccepting = false;
      if (this.fd === -1) this.#wait?.close();
    }
  }

  override setBlocking(blocking: boolean): void {
    super.setBlocking(blocking);
    this.#isNonBlocking = !blocking;
  }

  override close(): void {
    super.close();
    this.#endWait();
  }

  override detach(): number {
    const fd = super.detach();
    this.#endWait();
    return fd;
  }

  /** The descriptor of the next client, or the error number, negative. */
  async #acceptOnce(): Promise<number> {
    try {
      this.#wait ??= new ClientWait();
    } catch (error) {
      return -(error as SocketError).errno;
    }
    await this.#wait.for(openFd(this, "accept"));
    return acceptNow(openFd(this, "accept")); // it may have been closed in the meantime
  }

  #endWait(): void {
    if (this.#isAccepting) this.#wait?.wake();
    else this.#wait?.close();
  }

  /** An `acceptAsync` of another thread makes the listener non-blocking for a moment. */
  #isBlockingAgain(): boolean {
    sleep(1);
    return this.isBlocking;
  }
}
