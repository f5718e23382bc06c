import { checkDescriptor, checkIndex, checkRange, checkWhole, FOR_EVER, toMilliseconds } from "./checks.ts";
import { MSG_NOSIGNAL, numberOption, SO_TYPE, SOCK_CLOEXEC } from "./descriptor.ts";
import * as libc from "./libc.ts";
import * as op from "./operations.ts";
import { checkNotClosing, closedError, forget, remember } from "./owned.ts";
import { BUFFER_BYTES, BUFFERS, type ProvidedBuffers } from "./provided-buffers.ts";
import { COMPLETIONS, Ring } from "./ring.ts";

const BUFFERS_AT_FIRST = 64;
const MAX_POLL_EVENTS = 0xffff;

/**
 * io_uring(7): a program says what is to be done, and is told when it is. One system call, `enter`, hands all of it over
 * and waits. Received bytes stand in buffers of the ring's own until they are given back, so that a client that says
 * nothing holds none.
 * ```
 * ring.accept(listener.fd);
 * for (;;) for (let i = 0, n = ring.enter(1); i < n; i++) handle(ring.kind(i), ring.fd(i), ring.result(i));
 * ```
 * Needs Linux 6.1, and a sandbox that allows it. For one thread: the one that has made it.
 */
export class IoUring {
  readonly #ring: Ring;
  readonly #buffers: ProvidedBuffers;

  /** The most buffers that there can be: as many clients can each hold one. */
  readonly mostBuffers = BUFFERS;
  /** Bytes of a buffer: the most that one receive brings. */
  readonly bufferBytes = BUFFER_BYTES;
  /**
   * All buffers: number `n` begins at `n * bufferBytes`. What stands in one is ours while the kernel does not have it.
   * Once the ring is closed, this array and each other over its memory is empty.
   */
  readonly memory: Uint8Array;

  /** @throws UnavailableError where the kernel refuses: it is too old, or io_uring is forbidden here; the message says which */
  constructor() {
    this.#ring = new Ring();
    this.#buffers = this.#ring.buffers;
    this.memory = this.#buffers.memory;
    for (let i = 0; i < BUFFERS_AT_FIRST; i += 1) this.#buffers.give(this.#buffers.take());
    remember(this, this.#ring);
  }

  /**
   * accept4(2), again and again (multishot): each client is a completion of its own, with its descriptor as the result.
   * It goes on while `more` says so. Clients inherit TCP_NODELAY from the listener, and are not non-blocking.
   */
  accept(listener: number): void {
    this.#openFor(listener).ask(op.ACCEPT_MULTISHOT, listener, 0, 0, 0, SOCK_CLOEXEC, op.OPERATION.accept);
  }

  /**
   * recv(2) into a buffer that the kernel takes when bytes are there, not before. The result is their number, 0 at the
   * peer's FIN; -ENOBUFS where no buffer was left: `addBuffer`, and ask again.
   */
  recv(fd: number): void {
    this.#openFor(fd).ask(op.RECV, fd, 0, 0, BUFFER_BYTES, 0, op.OPERATION.recv);
  }

  /**
   * The same again and again (multishot), each time into another buffer, for as long as `more` says so: not after a FIN,
   * and not when there was no buffer left. A peer that sends fast takes one buffer after the other.
   */
  recvMultishot(fd: number): void {
    this.#openFor(fd).ask(op.RECV_MULTISHOT, fd, 0, 0, 0, 0, op.OPERATION.recv);
  }

  /**
   * send(2) of bytes [start, end) of a buffer, which is under way from now on, and ours again at the completion. The result
   * may be fewer: the rest is to be sent on.
   * @throws RangeError for bytes beyond it, and for a buffer that is not ours
   */
  send(fd: number, buffer: number, start: number, end: number): void {
    const ring = this.#openFor(fd);
    checkRange(start, end, BUFFER_BYTES);
    ring.makeRoom(); // it may throw, and the buffer would be under way for ever
    const unit = this.#buffers.send(buffer);
    const length = libc.ringLength(end - start);
    const tag = op.OPERATION.send | (buffer << 8);
    ring.ask(op.OPERATION.send, fd, (unit << 16) | start, unit / 2 ** 16, length, MSG_NOSIGNAL, tag);
  }

  /** poll(2) of one descriptor, once: the result is what has happened, POLLIN, POLLOUT or both, and POLLERR, POLLHUP. */
  poll(fd: number, events: number): void {
    const ring = this.#openFor(fd);
    checkWhole("events", events, 0, MAX_POLL_EVENTS);
    ring.ask(op.OPERATION.poll, fd, 0, 0, 0, events, op.OPERATION.poll);
  }

  /**
   * close(2) of a socket, after all that was asked before; it has no completion. Nothing of it may be under way. An object
   * that owns the descriptor owns it no longer. Until `enter`, every other call with this number throws EBADF.
   * @throws SocketError for what is no socket: the descriptors of files and of Node itself are not the ring's to close
   */
  closeFd(fd: number): void {
    const ring = this.#openFor(fd);
    numberOption(fd, SO_TYPE);
    ring.askClose(fd);
  }

  /** A completion after this time, with this number in place of a descriptor. @param milliseconds as in `enter` */
  timeout(fd: number, milliseconds: number): void {
    this.#openFor(fd).askTimeout(fd, toMilliseconds(milliseconds));
  }

  /** Gives a buffer back to the kernel: its bytes are no longer ours. @throws RangeError for one that is not ours */
  give(buffer: number): void {
    this.#open();
    this.#buffers.give(buffer);
  }

  /** One buffer more for the kernel to receive into. @returns false where there are no more: give one back */
  addBuffer(): boolean {
    const buffer = this.takeBuffer();
    if (buffer === -1) return false;
    this.#buffers.give(buffer);
    return true;
  }

  /** A buffer that is ours, to send from what we have written there; -1 where there are no more. */
  takeBuffer(): number {
    this.#open();
    return this.#buffers.take();
  }

  /**
   * Hands over what was asked, and waits until `least` completions are there: the one system call. What it has reported
   * before is gone then.
   * @param timeout milliseconds that it waits at most, a fraction is rounded up; left out, -1 or Infinity: for ever
   * @returns the number of completions; it may be fewer when the time is over, or a signal came (SIGCONT after SIGSTOP does)
   * @throws SocketError EBADR where completions were lost, because the kernel had no memory for them
   */
  enter(least: number, timeout: number = FOR_EVER): number {
    const ring = this.#open();
    checkWhole("least", least, 0, COMPLETIONS);
    ring.enter(least, toMilliseconds(timeout));
    return ring.reported;
  }

  /** What the `i`-th completion of the last `enter` was asked for. */
  kind(i: number): op.Operation {
    return op.OPERATION_NAMES[this.#done(i).word(i, 1) & 0xff]!;
  }

  /** The descriptor that it was asked with. */
  fd(i: number): number {
    return this.#done(i).word(i, 0);
  }

  /** What the system call would have returned; a failure is the error number, negative. */
  result(i: number): number {
    return this.#done(i).word(i, 2);
  }

  /** The buffer that the kernel has taken for it, or -1. It is ours until we give it back. */
  buffer(i: number): number {
    const flags = this.#done(i).word(i, 3);
    return flags & op.IORING_CQE_F_BUFFER ? flags >>> 16 : -1;
  }

  /** Whether more completions of the same asking will come. */
  more(i: number): boolean {
    return (this.#done(i).word(i, 3) & op.IORING_CQE_F_MORE) !== 0;
  }

  /** What is under way is cancelled, the memory is given back, and every other method throws SocketError EBADF from then on. */
  close(): void {
    forget(this, this.#ring);
    this.#ring.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @throws SocketError EBADF once it is closed */
  #open(): Ring {
    if (!this.#ring.isOpen) throw closedError("io_uring_enter");
    return this.#ring;
  }

  /** The same, and for what is being closed. @throws RangeError or TypeError for what is no descriptor */
  #openFor(fd: number): Ring {
    const ring = this.#open();
    checkDescriptor(fd);
    checkNotClosing(fd, "io_uring_enter");
    return ring;
  }

  /** @throws RangeError where the last `enter` has brought no i-th completion */
  #done(i: number): Ring {
    const ring = this.#ring;
    if (i >>> 0 !== i || i >= ring.reported) checkIndex(i, this.#open().reported); // a closed ring has reported nothing
    return ring;
  }
}
