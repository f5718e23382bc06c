import { MSG_NOSIGNAL, SOCK_CLOEXEC } from "./descriptor.ts";
import { checkRange, EAGAIN, EBUSY, EINTR, ETIME, SocketError } from "./errors.ts";
import * as faults from "./faults.ts";
import * as libc from "./libc.ts";
import { BUFFER_BYTES, BUFFERS, ProvidedBuffers } from "./provided-buffers.ts";
import { map, refused, replace, words } from "./ring-memory.ts";
import { Consumer, Producer } from "./shared-ring.ts";

const SUBMISSIONS = 1024;
const COMPLETIONS = 8192;
const BUFFERS_AT_FIRST = 64;

// io_uring_setup(2), io_uring_enter(2), io_uring_register(2), linux/io_uring.h
const IORING_SETUP_CQSIZE = 1 << 3;
const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
const IORING_ENTER_GETEVENTS = 1;
const IORING_ENTER_EXT_ARG = 8;
const IORING_REGISTER_PBUF_RING = 22;
const IORING_OFF_SQ_RING = 0;
const IORING_OFF_SQES = 0x10000000;
const OPERATION = { poll: 6, timeout: 11, accept: 13, close: 19, send: 26, recv: 27 };
type Operation = keyof typeof OPERATION;
/** Their names, by number. */
const NAMES: Operation[] = [];
for (const [name, number] of Object.entries(OPERATION)) NAMES[number] = name as Operation;
const IORING_ACCEPT_MULTISHOT = 1;
const IORING_RECVSEND_POLL_FIRST = 1;
const IORING_RECV_MULTISHOT = 2;
const IOSQE_BUFFER_SELECT = 1 << 5;
const IOSQE_CQE_SKIP_SUCCESS = 1 << 6;
const IORING_CQE_F_BUFFER = 1;
const IORING_CQE_F_MORE = 2;

const SQE_WORDS = 16; // of 4 bytes each
const CQE_WORDS = 4;
const TIMESPEC_BYTES = 16;
/** Beside those of the submissions, one that says how long `enter` waits. */
const TIMESPECS = SUBMISSIONS + 1;

/**
 * io_uring(7): a program says what is to be done, and is told when it is. One system call, `enter`, hands all of it over
 * and waits. Received bytes stand in buffers of the ring's own until they are given back, so that a client who says
 * nothing holds none.
 * ```
 * ring.accept(listener.fd);
 * for (;;) for (let i = 0, n = ring.enter(1); i < n; i++) handle(ring.kind(i), ring.fd(i), ring.result(i));
 * ```
 * Needs Linux 6.1, and a sandbox that allows it. For one thread: the one that has made it.
 */
export class IoUring {
  readonly #fd: number;
  /** What the kernel shares with us. */
  readonly #shared: { readonly at: number; readonly length: number }[] = [];
  readonly #submissions: Producer;
  readonly #entries: Int32Array;
  readonly #completions: Consumer;
  readonly #results: Int32Array;
  /** What `enter` has reported last. */
  #reported = 0;
  readonly #buffers: ProvidedBuffers;
  readonly #timespecs: Int32Array;
  readonly #timespecsAt: number;
  /** struct io_uring_getevents_arg: no signal mask, and the address of a time. */
  readonly #waitsAtMost = new Int32Array(6);
  #open = true;

  /** The most buffers that there can be: so many clients can each hold one. */
  readonly mostBuffers = BUFFERS;
  /** Bytes of a buffer: the most that one receive brings. */
  readonly bufferBytes = BUFFER_BYTES;
  /** All buffers: number `n` begins at `n * bufferBytes`. What stands in one is ours while the kernel does not have it. */
  readonly memory: Uint8Array;

  /** @throws UnavailableError where the kernel refuses: it is too old, or io_uring is forbidden here; the message says which */
  constructor() {
    const params = new Int32Array(30); // struct io_uring_params
    params[1] = COMPLETIONS;
    params[2] = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    this.#fd = libc.io_uring_setup(SUBMISSIONS, params);
    if (this.#fd === -1) throw refused("io_uring_setup", libc.errno());
    try {
      const sq = { head: params[10]!, tail: params[11]!, array: params[16]! };
      const cq = { head: params[20]!, tail: params[21]!, cqes: params[25]! };
      // Both rings in one mapping (IORING_FEAT_SINGLE_MMAP, Linux 5.4).
      const length = Math.max(sq.array + 4 * SUBMISSIONS, cq.cqes + 4 * CQE_WORDS * COMPLETIONS);
      const rings = this.#share(length, IORING_OFF_SQ_RING);
      const index = (offset: number) => new Int32Array(rings, offset, 1);
      this.#submissions = new Producer(index(sq.head), index(sq.tail), SUBMISSIONS);
      this.#completions = new Consumer(index(cq.head), index(cq.tail), COMPLETIONS);
      this.#results = new Int32Array(rings, cq.cqes, CQE_WORDS * COMPLETIONS);
      // Submissions are made in order, so the ring that tells their order never changes.
      new Int32Array(rings, sq.array, SUBMISSIONS).forEach((_, i, order) => {
        order[i] = i;
      });
      this.#entries = new Int32Array(this.#share(4 * SQE_WORDS * SUBMISSIONS, IORING_OFF_SQES));

      this.#timespecsAt = map(TIMESPECS * TIMESPEC_BYTES, libc.MAP_MEMORY);
      this.#timespecs = new Int32Array(libc.view(this.#timespecsAt, TIMESPECS * TIMESPEC_BYTES));
      this.#waitsAtMost.set(words(this.#timespecsAt + SUBMISSIONS * TIMESPEC_BYTES), 4);
      this.#buffers = new ProvidedBuffers();
      this.memory = this.#buffers.memory;
      const registration = new Int32Array(10); // struct io_uring_buf_reg
      registration.set([...words(this.#buffers.ring), BUFFERS]);
      if (libc.io_uring_register(this.#fd, IORING_REGISTER_PBUF_RING, registration, 1) === -1)
        throw refused("io_uring_register", libc.errno());
    } catch (error) {
      this.close();
      throw error;
    }
    for (let i = 0; i < BUFFERS_AT_FIRST; i += 1) this.addBuffer();
  }

  /**
   * accept4(2), again and again (multishot): each client is a completion of its own, with its descriptor as the result.
   * It goes on while `more` says so. Clients inherit TCP_NODELAY from the listener, and are not non-blocking.
   */
  accept(listener: number): void {
    this.#ask(OPERATION.accept | (IORING_ACCEPT_MULTISHOT << 16), listener, 0, 0, 0, SOCK_CLOEXEC);
  }

  /**
   * recv(2) into a buffer that the kernel takes when bytes are there, not before. The result is their number, 0 at the
   * peer's FIN; -ENOBUFS where no buffer was left: `addBuffer`, and ask again.
   */
  recv(fd: number): void {
    // POLL_FIRST: a client that was just answered has said nothing yet.
    const how = (IOSQE_BUFFER_SELECT << 8) | (IORING_RECVSEND_POLL_FIRST << 16);
    this.#ask(OPERATION.recv | how, fd, 0, 0, BUFFER_BYTES, 0);
  }

  /**
   * The same again and again (multishot), each time into another buffer, for as long as `more` says so: not after a FIN,
   * and not when there was no buffer left. Whoever sends fast takes one buffer after the other.
   */
  recvMultishot(fd: number): void {
    const how = (IOSQE_BUFFER_SELECT << 8) | ((IORING_RECVSEND_POLL_FIRST | IORING_RECV_MULTISHOT) << 16);
    this.#ask(OPERATION.recv | how, fd, 0, 0, 0, 0);
  }

  /** send(2) of bytes [start, end) of a buffer. The result may be fewer: the rest is to be sent on. @throws RangeError beyond it */
  send(fd: number, buffer: number, start: number, end: number): void {
    checkRange(start, end, BUFFER_BYTES);
    const unit = this.#buffers.unit(buffer);
    const length = faults.isOn ? faults.part(end - start) : end - start;
    this.#ask(OPERATION.send, fd, (unit << 16) | start, unit / 2 ** 16, length, MSG_NOSIGNAL);
  }

  /** poll(2) of one descriptor, once: the result is what has happened, POLLIN, POLLOUT or both, and POLLERR, POLLHUP. */
  poll(fd: number, events: number): void {
    this.#ask(OPERATION.poll, fd, 0, 0, 0, events);
  }

  /** close(2), after all that was asked before; it has no completion. Nothing of this descriptor may be under way. */
  closeFd(fd: number): void {
    this.#ask(OPERATION.close | (IOSQE_CQE_SKIP_SUCCESS << 8), fd, 0, 0, 0, 0);
  }

  /** A completion after so many milliseconds, whole ones, with this descriptor. */
  timeout(fd: number, milliseconds: number): void {
    const slot = this.#free();
    this.#setTime(slot, milliseconds);
    const [low, high] = words(this.#timespecsAt + slot * TIMESPEC_BYTES);
    this.#ask(OPERATION.timeout, fd, low, high, 1, 0);
  }

  /** Gives a buffer back to the kernel: its bytes are no longer ours. */
  give(buffer: number): void {
    this.#buffers.give(buffer);
  }

  /** One buffer more for the kernel to receive into, where there is not one for every descriptor yet. */
  addBuffer(): void {
    const buffer = this.#buffers.take();
    if (buffer !== -1) this.#buffers.give(buffer);
  }

  /** A buffer that is ours, to send from what we have written there; -1 where there are no more. */
  takeBuffer(): number {
    return this.#buffers.take();
  }

  /**
   * Hands over what was asked, and waits until `least` completions are there: the one system call. What it has reported
   * before is gone then.
   * @param timeout milliseconds that it waits at most, whole ones; left out: for ever
   * @returns the number of completions; it may be fewer when the time is over, or a signal came (SIGCONT after SIGSTOP does)
   */
  enter(least: number, timeout?: number): number {
    this.#completions.release(this.#reported);
    this.#reported = 0;
    if (timeout === undefined) this.#submit(least, IORING_ENTER_GETEVENTS);
    else {
      this.#setTime(SUBMISSIONS, timeout);
      this.#submit(least, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, this.#waitsAtMost);
    }
    this.#reported = this.#completions.available;
    return this.#reported;
  }

  /** What the `i`-th completion of the last `enter` was asked for. */
  kind(i: number): Operation {
    return NAMES[this.#results[this.#completions.slot(i) * CQE_WORDS + 1]!]!;
  }

  /** The descriptor that it was asked with. */
  fd(i: number): number {
    return this.#results[this.#completions.slot(i) * CQE_WORDS]!;
  }

  /** What the system call would have returned; a failure is the error number, negative. */
  result(i: number): number {
    return this.#results[this.#completions.slot(i) * CQE_WORDS + 2]!;
  }

  /** The buffer that the kernel has taken for it, or -1. It is ours until we give it back. */
  buffer(i: number): number {
    const flags = this.#results[this.#completions.slot(i) * CQE_WORDS + 3]!;
    return flags & IORING_CQE_F_BUFFER ? flags >>> 16 : -1;
  }

  /** Whether more completions of the same asking will come. */
  more(i: number): boolean {
    return (this.#results[this.#completions.slot(i) * CQE_WORDS + 3]! & IORING_CQE_F_MORE) !== 0;
  }

  /** Every method throws from then on. What is under way is cancelled. The memory stays: a view of it may be about. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc.close(this.#fd);
    for (const { at, length } of this.#shared) replace(at, length); // a mapping keeps the ring at work, as a descriptor does
  }

  #share(length: number, offset: number): ArrayBuffer {
    const at = map(length, libc.MAP_SHARED, this.#fd, offset);
    this.#shared.push({ at, length });
    return libc.view(at, length);
  }

  /** Fills an entry of the submission queue: whole, for the kernel refuses what an earlier one has left there. */
  #ask(operation: number, fd: number, low: number, high: number, length: number, flags: number): void {
    const entries = this.#entries;
    const entry = this.#free() * SQE_WORDS;
    this.#submissions.claim();
    entries[entry] = operation; // and its flags, and its priority
    entries[entry + 1] = fd;
    entries[entry + 4] = low; // the address
    entries[entry + 5] = high;
    entries[entry + 6] = length;
    entries[entry + 7] = flags;
    entries[entry + 8] = fd; // user_data comes back in the completion: the descriptor, and the operation
    entries[entry + 9] = operation & 0xff;
  }

  /** struct __kernel_timespec */
  #setTime(slot: number, milliseconds: number): void {
    this.#timespecs[slot * 4] = Math.floor(milliseconds / 1000);
    this.#timespecs[slot * 4 + 2] = (milliseconds % 1000) * 1e6;
  }

  /** The slot that is filled next. */
  #free(): number {
    while (this.#submissions.isFull) this.#submit(0, 0);
    return this.#submissions.slot;
  }

  #submit(least: number, flags: number, waitsAtMost: Int32Array | null = null): void {
    if (!this.#open) throw new Error("this IoUring is closed");
    this.#submissions.publish();
    const { pending } = this.#submissions;
    if (libc.io_uring_enter(this.#fd, pending, least, flags, waitsAtMost, waitsAtMost?.byteLength ?? 0) !== -1) return;
    // What was not handed over still stands in the ring, and goes with the next call.
    const errno = libc.errno();
    if (errno !== EINTR && errno !== EAGAIN && errno !== EBUSY && errno !== ETIME)
      throw new SocketError("io_uring_enter", errno);
  }
}
