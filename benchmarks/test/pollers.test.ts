import { existsSync } from "node:fs";
import { EPOLLIN, EPOLLOUT, IoUring, Socket, UnavailableError } from "@echolab/posix-sockets";
import { SeededBytes } from "@echolab/protocol-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EpollPoller } from "../src/epoll-poller.ts";
import type { Poller, Stream } from "../src/poller.ts";
import { Ring } from "../src/ring.ts";
import { RingPoller } from "../src/ring-poller.ts";

const LONG = 60_000;

function ringOrWhyNot(): Ring | string {
  try {
    return new Ring(new IoUring());
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
}

// Both promise the same; what they have to do for it is quite different.
describe.each(["epoll", "io_uring"] as const)("the poller on %s", (kind) => {
  let ring: Ring | undefined;
  let poller: Poller;
  let listener: Socket;
  beforeEach(({ skip }) => {
    const found = kind === "io_uring" ? ringOrWhyNot() : undefined;
    if (typeof found === "string") return skip(found);
    ring = found;
    poller = ring ? new RingPoller(ring) : new EpollPoller();
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 });
  });
  afterEach(() => {
    poller?.close();
    ring?.ring.close();
    listener?.close();
  });

  /** Waits until `stream` has been told of one of these events. */
  function until(stream: Stream, events: number): void {
    for (const end = performance.now() + LONG; performance.now() < end; ) {
      const count = poller.wait(100);
      for (let i = 0; i < count; i += 1) if (poller.fd(i) === stream.fd && poller.events(i) & events) return;
    }
    throw new Error("nothing was told of it");
  }

  /** A stream, and who has accepted it. */
  function pair(): { stream: Stream; peer: Socket } {
    const stream = poller.connect(listener.address());
    until(stream, EPOLLOUT);
    expect(stream.pendingError()).toBeUndefined();
    return { stream, peer: listener.accept() };
  }

  /** All that comes, up to so many bytes. */
  function received(stream: Stream, length: number): Buffer {
    const parts: Buffer[] = [];
    const into = Buffer.alloc(64 * 1024);
    stream.want(EPOLLIN);
    for (let got = 0; got < length; ) {
      const more = stream.tryRecv(into);
      if (more === 0) break;
      if (more === -1) until(stream, EPOLLIN);
      else parts.push(Buffer.from(into.subarray(0, more)));
      got += Math.max(0, more);
    }
    return Buffer.concat(parts);
  }

  test("tells why it could not connect", () => {
    const nowhere = listener.address();
    listener.close();
    const stream = poller.connect(nowhere);
    until(stream, EPOLLOUT);
    expect(stream.pendingError()).toMatchObject({ code: "ECONNREFUSED" });
    stream.close();
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 });
  });

  test("sends what it took, and no more, to a peer that reads late", () => {
    const { stream, peer } = pair();
    const bytes = Buffer.from(new SeededBytes(1).next(16 * 2 ** 20));
    peer.setBlocking(false);
    const into = Buffer.alloc(2 ** 20);
    const came: Buffer[] = [];
    const drain = () => {
      for (let more = peer.tryRecv(into); more > 0; more = peer.tryRecv(into))
        came.push(Buffer.from(into.subarray(0, more)));
    };
    stream.want(EPOLLIN | EPOLLOUT);
    for (let sent = 0; sent < bytes.length; ) {
      const more = stream.trySend(bytes, sent, bytes.length);
      sent += Math.max(0, more);
      if (more !== -1) continue;
      if (poller.wait(20) === 0) drain(); // the kernel's buffers are full
    }
    for (let length = 0; length < bytes.length; length = came.reduce((sum, part) => sum + part.length, 0)) {
      poller.wait(1);
      drain();
    }
    expect(Buffer.concat(came).equals(bytes)).toBe(true);
    stream.close();
    peer.close();
  });

  test("keeps all that comes in many small pieces while nobody takes any of it, and tells of others", () => {
    const { stream, peer } = pair();
    const bytes = Buffer.from(new SeededBytes(2).next(600)); // more pieces than a ring has buffers at first
    stream.want(EPOLLIN);
    for (const [i] of bytes.entries()) {
      peer.sendAll(bytes.subarray(i, i + 1));
      poller.wait(0);
    }
    const other = pair();
    other.peer.sendAll(Buffer.from("hello"));
    expect(received(other.stream, 5).toString()).toBe("hello");
    expect(received(stream, bytes.length).equals(bytes)).toBe(true);
    for (const each of [stream, peer, other.stream, other.peer]) each.close();
  });

  test("tells of a FIN again and again, after all that came before it", () => {
    const { stream, peer } = pair();
    peer.sendAll(Buffer.from("bye"));
    peer.close();
    expect(received(stream, 100).toString()).toBe("bye");
    expect(stream.tryRecv(Buffer.alloc(8))).toBe(0);
    expect(stream.tryRecv(Buffer.alloc(8))).toBe(0);
    stream.close();
  });

  test("tells of a reset as an error of this stream", () => {
    const { stream, peer } = pair();
    stream.want(EPOLLIN);
    peer.setResetOnClose();
    peer.close();
    until(stream, EPOLLIN);
    expect(() => stream.tryRecv(Buffer.alloc(8))).toThrow(/ECONNRESET/);
    stream.close();
  });

  test("closes a stream whose peer does not read, and the peer is told", () => {
    const { stream, peer } = pair();
    const much = Buffer.alloc(2 ** 20);
    stream.want(EPOLLIN | EPOLLOUT);
    for (let idle = 0; idle < 3; ) {
      if (stream.trySend(much, 0, much.length) === -1) idle = poller.wait(20) === 0 ? idle + 1 : 0;
    }
    stream.close();
    poller.close();
    expect(existsSync(`/proc/self/fd/${stream.fd}`)).toBe(false);
    const into = Buffer.alloc(2 ** 20);
    const untilTheEnd = () => {
      while (peer.recv(into) > 0); // what was on its way
    };
    try {
      untilTheEnd();
    } catch (error) {
      expect(error).toMatchObject({ code: "ECONNRESET" });
    }
    peer.close();
  });
});
