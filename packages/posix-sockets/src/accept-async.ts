import { check, F_GETFL, F_SETFL, O_NONBLOCK, SOCK_CLOEXEC } from "./descriptor.ts";
import {
  canAcceptAgain,
  EAGAIN,
  isOneConnectionsFailure,
  MAX_FAILED_CONNECTIONS,
  RETRY_ACCEPT_MS,
  SocketError,
} from "./errors.ts";
import * as libc from "./libc.ts";
import { fdOf, MADE_HERE, Owned, openFd } from "./owned.ts";
import { POLLIN } from "./poll.ts";

const EFD_CLOEXEC = 0o2000000;
/**
 * How long a thread of the pool sleeps at a time. A thread of JavaScript ends only after the calls that it has on the pool:
 * one that slept for ever would hold up `process.exit` and `worker.terminate()`, and after these no JavaScript can wake it.
 */
const SLEEP_MS = 200;

/** The `acceptAsync` of one listener. One at a time: each takes one of the four threads of libuv's pool. */
export class AsyncAccept {
  #wait: ClientWait | undefined;
  #isPending = false;

  /** @returns the descriptor of the next client */
  async next(listener: Owned): Promise<number> {
    openFd(listener, "accept");
    if (this.#isPending)
      throw new Error("an acceptAsync of this socket is pending: it takes one thread of four, so one at a time");
    this.#isPending = true;
    try {
      for (let failed = 1; ; failed += 1) {
        const fd = await this.#once(listener);
        if (fd >= 0) return fd;
        if (fd === -EAGAIN) continue;
        if (isOneConnectionsFailure(-fd) && failed % MAX_FAILED_CONNECTIONS !== 0) continue;
        if (!canAcceptAgain(-fd)) throw new SocketError("accept", -fd);
        await new Promise((resolve) => setTimeout(resolve, RETRY_ACCEPT_MS));
      }
    } finally {
      this.#isPending = false;
      if (fdOf(listener) === -1) this.#wait?.close();
    }
  }

  /** The listener is closed, or was handed on. */
  end(): void {
    if (this.#isPending) this.#wait?.wake();
    else this.#wait?.close();
  }

  /** The descriptor of the next client, or the error number, negative. */
  async #once(listener: Owned): Promise<number> {
    try {
      this.#wait ??= new ClientWait();
    } catch (error) {
      return -(error as SocketError).errno;
    }
    await this.#wait.for(openFd(listener, "accept"));
    return acceptNow(openFd(listener, "accept")); // it may have been closed in the meantime
  }
}

/**
 * Waits on a thread of the pool until a listener has a client. That thread sleeps in poll(2), not in accept(2), because
 * poll ends after a time, and watches a second descriptor (eventfd(2)) as well, which wakes it: from accept only a
 * `shutdown` of the listener could, and that would stop the listener for every process that shares it.
 */
class ClientWait extends Owned {
  /** Two `struct pollfd`: the listener, and what wakes us. */
  readonly #fds = new Int32Array(new ArrayBuffer(16)); // of memory that does not move while the kernel writes

  constructor() {
    super(check("eventfd", libc.eventfd(0, EFD_CLOEXEC)), MADE_HERE);
  }

  /** Resolves when the listener has a client or an error, and after `wake`. */
  async for(listener: number): Promise<void> {
    this.#fds.set([listener, POLLIN, openFd(this, "poll"), POLLIN]);
    while ((await libc.pollAsync(this.#fds, 2, SLEEP_MS)) === 0);
  }

  wake(): void {
    libc.eventfd_write(openFd(this, "eventfd_write"), 1);
  }
}

/**
 * accept4(2) that does not wait, whatever the listener is: another thread may have taken the client that `ClientWait` saw.
 * The flag is the listener's, so it is set for this one call only.
 * @returns the descriptor, or the error number, negative
 */
function acceptNow(listener: number): number {
  const flags = libc.fcntl(listener, F_GETFL, 0);
  const isBlocking = (flags & O_NONBLOCK) === 0;
  if (isBlocking) libc.fcntl(listener, F_SETFL, flags | O_NONBLOCK);
  const fd = libc.accept4(listener, null, null, SOCK_CLOEXEC);
  const result = fd === -1 ? -libc.errno() : fd;
  if (isBlocking) libc.fcntl(listener, F_SETFL, flags);
  return result;
}
