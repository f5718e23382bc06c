import { check, F_GETFL, F_SETFL, O_NONBLOCK, SOCK_CLOEXEC } from "./descriptor.ts";
import * as libc from "./libc.ts";
import { MADE_HERE, Owned, openFd } from "./owned.ts";
import { POLLIN } from "./poll.ts";

const EFD_CLOEXEC = 0o2000000;

/** Those that are waiting: at the end of the process they are woken, for it waits for the threads of libuv's pool. */
const waiting = new Set<ClientWait>();
let isHooked = false;

/**
 * Waits on one of the four threads of libuv's pool until a listener has a client. That thread sleeps in poll(2), not in
 * accept(2), because poll watches a second descriptor (eventfd(2)) as well, which wakes it: from accept only a
 * `shutdown` of the listener could, and that would stop the listener for every process that shares it.
 */
export class ClientWait extends Owned {
  /** Two `struct pollfd`: the listener, and what wakes us. */
  readonly #fds = new Int32Array(new ArrayBuffer(16)); // of memory that does not move while the kernel writes

  constructor() {
    super(check("eventfd", libc.eventfd(0, EFD_CLOEXEC)), MADE_HERE);
    if (isHooked) return;
    isHooked = true;
    process.once("exit", () => {
      for (const wait of waiting) wait.wake();
    });
  }

  /** Resolves when the listener has a client or an error, and after `wake`. */
  async for(listener: number): Promise<void> {
    this.#fds.set([listener, POLLIN, openFd(this, "poll"), POLLIN]);
    waiting.add(this);
    await libc.pollAsync(this.#fds, 2);
    waiting.delete(this);
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
export function acceptNow(listener: number): number {
  const flags = libc.fcntl(listener, F_GETFL, 0);
  const isBlocking = (flags & O_NONBLOCK) === 0;
  if (isBlocking) libc.fcntl(listener, F_SETFL, flags | O_NONBLOCK);
  const fd = libc.accept4(listener, null, null, SOCK_CLOEXEC);
  const result = fd === -1 ? -libc.errno() : fd;
  if (isBlocking) libc.fcntl(listener, F_SETFL, flags);
  return result;
}
