import { FOR_EVER } from "./checks.ts";
import { EAGAIN, EBADR, EBUSY, EINTR, ETIME, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";
import { CLOSE, IORING_CQE_F_BUFFER, OPERATION } from "./operations.ts";
import { beginClosing, endClosing, type Resource } from "./owned.ts";
import { BUFFERS, ProvidedBuffers } from "./provided-buffers.ts";
import { Mappings, refused, words } from "./ring-memory.ts";
import { Consumer, Producer } from "./shared-ring.ts";

const SUBMISSIONS = 1024;
/** The largest number of completions that can be waited for. */
export const COMPLETIONS = 8192;

// io_uring_setup(2), io_uring_enter(2), io_uring_register(2), linux/io_uring.h
const IORING_SETUP_CQSIZE = 1 << 3;
const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
const IORING_ENTER_GETEVENTS = 1;
const IORING_ENTER_EXT_ARG = 8;
const IORING_REGISTER_PBUF_RING = 22;
const IORING_REGISTER_SYNC_CANCEL = 24;
const IORING_ASYNC_CANCEL_ALL_ANY = 1 | 4;
const IORING_OFF_SQ_RING = 0;
const IORING_OFF_SQES = 0x10000000;

const SQE_WORDS = 16; // of 4 bytes each
const CQE_WORDS = 4;
const TIMESPEC_BYTES = 16;
/** Beside those of the submissions, one that says how long `enter` waits. */
const TIMESPECS = SUBMISSIONS + 1;
const LONGEST_S = 0x7fff_ffff; // 68 years

/** One io_uring and its memory: what is asked goes in at `ask`, what is done comes out at `enter` and `word`. */
export class Ring implements Resource {
  readonly buffers: ProvidedBuffers;
  /** How many completions the last `enter` has brought. */
  reported = 0;
  isOpen = true;
  readonly #fd: number;
  readonly #mappings = new Mappings();
  readonly #submissions: Producer;
  readonly #entries: Int32Array;
  readonly #completions: Consumer;
  readonly #results: Int32Array;
  readonly #timespecs: Int32Array;
  readonly #timespecsAt: number;
  /** Descriptors whose close the kernel has not taken yet, oldest first, and the index of its entry. */
  readonly #closing = new Map<number, number>();
  /** struct io_uring_getevents_arg: no signal mask, and the address of a time. */
  readonly #waitsAtMost = new Int32Array(6);

  constructor() {
    const params = new Int32Array(30); // struct io_uring_params
    params[1] = COMPLETIONS;
    params[2] = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    this.#fd = libc.io_uring_setup(SUBMISSIONS, params);
    if (this.#fd === -1) throw refused("io_uring_setup", libc.errno());
    const mappings = this.#mappings;
    try {
      const sq = { head: params[10]!, tail: params[11]!, array: params[16]! };
      const cq = { head: params[20]!, tail: params[21]!, cqes: params[25]! };
      // Both rings in one mapping (IORING_FEAT_SINGLE_MMAP, Linux 5.4).
      const length = Math.max(sq.array + 4 * SUBMISSIONS, cq.cqes + 4 * CQE_WORDS * COMPLETIONS);
      const rings = libc.view(mappings.map(length, libc.MAP_SHARED, this.#fd, IORING_OFF_SQ_RING), length);
      const index = (offset: number) => new Int32Array(rings, offset, 1);
      this.#submissions = new Producer(index(sq.head), index(sq.tail), SUBMISSIONS);
      this.#completions = new Consumer(index(cq.head), index(cq.tail), COMPLETIONS);
      this.#results = new Int32Array(rings, cq.cqes, CQE_WORDS * COMPLETIONS);
      // Submissions are made in order, so the ring that tells their order never changes.
      new Int32Array(rings, sq.array, SUBMISSIONS).forEach((_, i, order) => {
        order[i] = i;
      });
      const entriesLength = 4 * SQE_WORDS * SUBMISSIONS;
      const entriesAt = mappings.map(entriesLength, libc.MAP_SHARED, this.#fd, IORING_OFF_SQES);
      this.#entries = new Int32Array(libc.view(entriesAt, entriesLength));
      this.#timespecsAt = mappings.map(TIMESPECS * TIMESPEC_BYTES, libc.MAP_MEMORY);
      this.#timespecs = new Int32Array(libc.view(this.#timespecsAt, TIMESPECS * TIMESPEC_BYTES));
      this.#waitsAtMost.set(words(this.#timespecsAt + SUBMISSIONS * TIMESPEC_BYTES), 4);
      this.buffers = new ProvidedBuffers(mappings);
      const registration = new Int32Array(10); // struct io_uring_buf_reg
      registration.set([...words(this.buffers.ring), BUFFERS]);
      if (libc.io_uring_register(this.#fd, IORING_REGISTER_PBUF_RING, registration, 1) === -1)
        throw refused("io_uring_register", libc.errno());
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /**
   * Fills an entry of the submission queue: whole, for the kernel refuses what an earlier one has left there.
   * @param tag comes back with the completion, as does `fd`
   * @returns the index of the entry
   */
  ask(operation: number, fd: number, low: number, high: number, length: number, flags: number, tag: number): number {
    const entries = this.#entries;
    const entry = this.makeRoom() * SQE_WORDS;
    entries[entry] = operation; // and its flags, and its priority
    entries[entry + 1] = fd;
    entries[entry + 4] = low; // the address
    entries[entry + 5] = high;
    entries[entry + 6] = length;
    entries[entry + 7] = flags;
    entries[entry + 8] = fd; // user_data
    entries[entry + 9] = tag;
    return this.#submissions.claim();
  }

  /** Until the kernel has taken it, the descriptor is open but has no owner, and nothing else may be asked of it. */
  askClose(fd: number): void {
    this.makeRoom();
    beginClosing(fd);
    this.#closing.set(fd, this.ask(CLOSE, fd, 0, 0, 0, 0, OPERATION.close));
  }

  askTimeout(fd: number, milliseconds: number): void {
    const slot = this.makeRoom();
    this.#setTime(slot, milliseconds);
    const [low, high] = words(this.#timespecsAt + slot * TIMESPEC_BYTES);
    this.ask(OPERATION.timeout, fd, low, high, 1, 0, OPERATION.timeout);
  }

  /** Hands over what was asked, and waits for `least` completions. What was reported before is gone then. */
  enter(least: number, milliseconds: number): void {
    this.#completions.release(this.reported);
    this.reported = 0;
    if (milliseconds === FOR_EVER) this.#submit(least, IORING_ENTER_GETEVENTS, null);
    else {
      this.#setTime(SUBMISSIONS, milliseconds);
      this.#submit(least, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, this.#waitsAtMost);
    }
    this.reported = this.#completions.available;
    for (let i = 0; i < this.reported; i += 1) {
      const flags = this.word(i, 3);
      const tag = this.word(i, 1);
      if (flags & IORING_CQE_F_BUFFER) this.buffers.done(flags >>> 16);
      else if ((tag & 0xff) === OPERATION.send) this.buffers.done(tag >>> 8);
    }
  }

  /** Of the i-th completion: 0 the descriptor, 1 the tag, 2 the result, 3 the flags. */
  word(i: number, n: number): number {
    return this.#results[this.#completions.slot(i) * CQE_WORDS + n]!;
  }

  /** Ends all that is under way, and gives everything back. */
  release(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.reported = 0;
    // Before the memory is given back the kernel must have done with it: close(2) does not wait for that.
    const cancel = new Int32Array(16); // struct io_uring_sync_cancel_reg
    cancel.set([0, 0, -1, IORING_ASYNC_CANCEL_ALL_ANY, 1]); // address, descriptor, flags, seconds
    libc.io_uring_register(this.#fd, IORING_REGISTER_SYNC_CANCEL, cancel, 1);
    libc.close(this.#fd);
    for (const fd of this.#closing.keys()) {
      libc.close(fd); // the kernel will never take what was asked
      endClosing(fd);
    }
    this.#closing.clear();
    this.#mappings.unmap(); // a mapping keeps the ring at work, as a descriptor does
    this.buffers?.release();
  }

  /** struct __kernel_timespec */
  #setTime(slot: number, milliseconds: number): void {
    const isForEver = milliseconds === FOR_EVER;
    this.#timespecs[slot * 4] = isForEver ? LONGEST_S : Math.floor(milliseconds / 1000);
    this.#timespecs[slot * 4 + 2] = isForEver ? 0 : (milliseconds % 1000) * 1e6;
  }

  /** @returns the slot that is filled next @throws SocketError where the kernel takes none of those that are filled */
  makeRoom(): number {
    for (let tries = 0; this.#submissions.isFull; tries += 1) {
      const errno = this.#submit(0, 0, null);
      if (errno !== EINTR && this.#submissions.isFull) throw new SocketError("io_uring_enter", errno || EBUSY);
      if (tries === SUBMISSIONS) throw new SocketError("io_uring_enter", EBUSY, "(interrupted again and again)");
    }
    return this.#submissions.slot;
  }

  /** @returns 0, or an error number that is no failure: what was not handed over goes with the next call */
  #submit(least: number, flags: number, waitsAtMost: Int32Array | null): number {
    this.#submissions.publish();
    const { pending } = this.#submissions;
    const size = waitsAtMost?.byteLength ?? 0;
    const isDone = libc.io_uring_enter(this.#fd, pending, least, flags, waitsAtMost, size) !== -1;
    const errno = isDone ? 0 : libc.errno();
    for (const [fd, index] of this.#closing) {
      if (this.#submissions.isPending(index)) break;
      this.#closing.delete(fd);
      endClosing(fd);
    }
    if (isDone) return 0;
    if (errno === EINTR || errno === EAGAIN || errno === EBUSY || errno === ETIME) return errno;
    const about = errno === EBADR ? "(completions were lost: the kernel had no memory to keep them)" : "";
    throw new SocketError("io_uring_enter", errno, about);
  }
}
