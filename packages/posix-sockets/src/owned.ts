import { isMainThread } from "node:worker_threads";
import { EBADF, SocketError } from "./errors.ts";
import * as libc from "./libc.ts";

// The kernel gives the number of a closed descriptor to the next one that is opened. So each owner holds a ticket, and
// only the ticket that was given out last is good: an object whose descriptor was closed, handed on, or taken over can
// never reach what has its number now. An odd ticket is held by an owner, an even one by none.
let tickets = new Int32Array(1024);

/** Only this package makes owners: `new Socket(7)` would be any descriptor 7. */
export const MADE_HERE = Symbol("made by posix-sockets");

/** The descriptor of an owner. @throws SocketError EBADF where it is closed or was handed on: the kernel is not asked */
export let openFd: (owned: Owned, syscall: string) => number;
/** The same, or -1. These are functions and not methods, so that no subclass can answer for them. */
export let fdOf: (owned: Owned) => number;
let ticketOf: (owned: Owned) => number;

/** A descriptor that belongs to one object, which closes it once. */
export abstract class Owned {
  static {
    openFd = (owned, syscall) => {
      const fd = owned.#fd;
      if (tickets[fd] !== owned.#ticket) throw closedError(syscall);
      return fd;
    };
    ticketOf = (owned) => owned.#ticket;
    fdOf = (owned) => (tickets[owned.#fd] === owned.#ticket ? owned.#fd : -1);
  }

  readonly #fd: number;
  readonly #ticket: number;

  constructor(fd: number, key: symbol) {
    if (key !== MADE_HERE) throw new TypeError("make it with one of the static methods, listen, connect or fromFd");
    this.#fd = fd;
    this.#ticket = takeTicket(fd);
    watch(this);
  }

  /** close(2). A second call does nothing. Every other call then throws SocketError EBADF. */
  close(): void {
    if (fdOf(this) !== -1) libc.close(release(this, "close"));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Gives the descriptor up without closing it. */
export function release(owned: Owned, syscall: string): number {
  const fd = openFd(owned, syscall);
  forgotten.unregister(owned);
  disown(fd);
  return fd;
}

export function closedError(syscall: string): SocketError {
  return new SocketError(syscall, EBADF, "(it is closed, or was handed on)");
}

function takeTicket(fd: number): number {
  if (fd >= tickets.length) {
    const larger = new Int32Array(2 ** Math.ceil(Math.log2(fd + 1)));
    larger.set(tickets);
    tickets = larger;
  }
  const ticket = (tickets[fd]! + 1) | 1;
  tickets[fd] = ticket;
  return ticket;
}

/** It has no owner in this thread from now on. */
function disown(fd: number): void {
  if (fd < tickets.length && tickets[fd]! & 1) tickets[fd]! += 1;
}

/** Those that a ring of this thread closes at its next `enter`: open until then, and the next client's number afterwards. */
const closing = new Set<number>();

export function beginClosing(fd: number): void {
  disown(fd);
  closing.add(fd);
}

export function endClosing(fd: number): void {
  closing.delete(fd);
}

/** @throws SocketError EBADF for a descriptor that a ring has been asked to close */
export function checkNotClosing(fd: number, syscall: string): void {
  if (closing.has(fd)) throw closedError(syscall);
}

/** Something other than a descriptor that must be given back: a ring and its memory. */
export interface Resource {
  release(): void;
}

// Objects that are garbage. For a descriptor, one number is kept: the descriptor and its ticket.
const forgotten = new FinalizationRegistry((held: number | Resource) => {
  if (typeof held === "number") {
    const fd = Math.floor(held / 2 ** 32);
    if (tickets[fd] !== (held | 0)) return; // it was taken over
    disown(fd);
    libc.close(fd);
  } else {
    resources.delete(held);
    held.release();
  }
  warnOnce();
});

// It costs 3 microseconds to register an object and to take it off again, and finalizers run between turns of the event
// loop only. So an object is registered when a turn is over and it is still open: a connection that is served and closed
// within one turn, and all those of a program that never comes to the end of one, cost nothing.
let young: Owned[] = [];
let mostYoung = 1024;

function watch(owned: Owned): void {
  if (young.length === 0) setImmediate(registerYoung).unref();
  else if (young.length === mostYoung) {
    young = young.filter((each) => fdOf(each) !== -1);
    mostYoung = Math.max(1024, 2 * young.length);
  }
  young.push(owned);
}

function registerYoung(): void {
  for (const each of young) {
    const fd = fdOf(each);
    if (fd !== -1) forgotten.register(each, fd * 2 ** 32 + (ticketOf(each) >>> 0), each);
  }
  young = [];
}

const resources = new Set<Resource>();

/** `release` is called when `owner` is garbage, or its thread ends, and `forget` was not called before. */
export function remember(owner: object, resource: Resource): void {
  resources.add(resource);
  forgotten.register(owner, resource, owner);
}

export function forget(owner: object, resource: Resource): void {
  resources.delete(resource);
  forgotten.unregister(owner);
}

let hasWarned = false;
function warnOnce(): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    "a socket, Epoll or IoUring was garbage before it was closed, and has been closed now. " +
      "Close each one, or keep a reference to it; to hand its descriptor on, call detach()",
    { code: "ECHOLAB_FORGOTTEN" },
  );
}

// The kernel closes all when a process ends, but not when a thread of it does.
if (!isMainThread) {
  process.once("exit", () => {
    for (const resource of resources) resource.release();
    for (let fd = 0; fd < tickets.length; fd += 1) {
      if ((tickets[fd]! & 1) === 0) continue;
      disown(fd); // its object may be closed by a later listener of "exit": the number may be another thread's then
      libc.close(fd);
    }
  });
}
