import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { Epoll } from "../src/epoll.ts";
import { WouldBlockError } from "../src/errors.ts";
import * as libc from "../src/libc.ts";
import { Socket, type SocketAddress } from "../src/socket.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
const kept = <T extends { close(): void }>(each: T): T => {
  open.push(each);
  return each;
};

/** Both ends of a connection in one thread: connect(2) returns once the kernel has queued it, before any accept. */
function pair(host = "127.0.0.1"): { near: Socket; far: Socket; listener: Socket } {
  const listener = kept(Socket.listen({ host, port: 0, backlog: 8 }));
  const near = kept(Socket.connect(listener.address()));
  return { near, far: kept(listener.accept()), listener };
}

function receiveExactly(socket: Socket, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let got = 0; got < length; ) {
    const more = socket.recv(bytes.subarray(got));
    if (more === 0) throw new Error(`FIN after ${got} of ${length} bytes`);
    got += more;
  }
  return bytes;
}

const pattern = (length: number) => Buffer.from(Uint32Array.from({ length: length / 4 }, (_, i) => i).buffer);
const hasIpv6 = readFileSync("/proc/net/if_inet6", "utf8").includes(" lo");

describe("Socket", () => {
  test.for(["127.0.0.1", "::1"])("carries bytes both ways between connect and accept on %s", (host, { skip }) => {
    skip(host === "::1" && !hasIpv6, "this machine has no ::1");
    const { near, far, listener } = pair(host);
    near.sendAll(Buffer.from("there"));
    expect(receiveExactly(far, 5).toString()).toBe("there");
    far.sendAll(Buffer.from("and back"));
    expect(receiveExactly(near, 8).toString()).toBe("and back");
    expect(listener.address()).toEqual({ host, port: expect.any(Number) });
    expect(far.address()).toEqual(listener.address());
  });

  test("keeps a receive buffer that was set before the connect, whatever comes", () => {
    const listener = kept(Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 }));
    const near = kept(Socket.connectNonBlocking(listener.address(), { receiveBuffer: 4096 }));
    const far = kept(listener.accept());
    far.setBlocking(false);
    const size = () => {
      const value = new Int32Array(1);
      libc.getsockopt(near.fd, 1, 8, value, Int32Array.of(4)); // SOL_SOCKET, SO_RCVBUF
      return value[0];
    };
    expect(size()).toBe(2 * 4096);
    const into = new Uint8Array(65_536);
    for (let round = 0; round < 100; round += 1) {
      far.trySend(into, 0, into.length);
      near.tryRecv(into);
    }
    expect(size()).toBe(2 * 4096);
    expect(() => near.setReceiveBuffer(0.5)).toThrow(RangeError);
  });

  test("receives 0 at the peer's FIN, and can still send: half-close", () => {
    const { near, far } = pair();
    near.sendAll(Buffer.from("last words"));
    near.shutdown("write");
    expect(receiveExactly(far, 10).toString()).toBe("last words");
    expect(far.recv(new Uint8Array(1))).toBe(0);
    far.sendAll(Buffer.from("answer"));
    far.shutdown("write");
    expect(receiveExactly(near, 6).toString()).toBe("answer");
    expect(near.recv(new Uint8Array(1))).toBe(0);
  });

  test("sends no more than from[start, end)", () => {
    const { near, far } = pair();
    const bytes = Buffer.from("0123456789");
    expect(near.send(bytes, 2, 5)).toBe(3);
    expect(near.trySend(bytes, 7, 8)).toBe(1);
    expect(near.send(bytes, 8)).toBe(2);
    near.sendAll(bytes, 2);
    near.shutdown("write");
    expect(receiveExactly(far, 8).toString()).toBe("23478901");
    expect(far.recv(new Uint8Array(1))).toBe(0);
  });

  test.each([
    [-1, 2],
    [2, 1],
    [0, 4],
    [0, Number.NaN],
  ])("never sends what stands beside its bytes: [%d, %d) of 3 is refused", (start, end) => {
    expect(() => pair().near.send(Buffer.from("abc"), start, end)).toThrow(RangeError);
  });

  test("receives into a view of larger memory, and touches nothing beside it", () => {
    const { near, far } = pair();
    near.sendAll(Buffer.from("abcdef"));
    const memory = Buffer.alloc(8, ".");
    expect(far.recv(memory.subarray(2, 5))).toBe(3);
    expect(memory.toString()).toBe("..abc...");
  });

  test("takes a part where the kernel has no room for all, and every byte arrives once and in order", () => {
    const { near, far } = pair();
    near.setBlocking(false);
    const bytes = pattern(16 * 1024 * 1024);
    const received: Buffer[] = [];
    let sent = 0;
    let partial = 0;
    let refused = 0;
    for (let got = 0; got < bytes.length; ) {
      for (let taken = 0; sent < bytes.length && taken !== -1; ) {
        taken = near.trySend(bytes, sent, bytes.length);
        if (taken === -1) refused += 1;
        else if (sent + taken < bytes.length) partial += 1;
        sent += Math.max(taken, 0);
      }
      received.push(receiveExactly(far, sent - got)); // no more than is on its way: it cannot wait for ever
      got = sent;
    }
    expect(Buffer.compare(Buffer.concat(received), bytes)).toBe(0);
    expect(Math.min(partial, refused)).toBeGreaterThan(0); // else the buffer was never full
  });

  test("sends all on a blocking socket", () => {
    const { near, far } = pair();
    const bytes = pattern(64 * 1024);
    near.sendAll(bytes);
    expect(Buffer.compare(receiveExactly(far, bytes.length), bytes)).toBe(0);
  });

  test("is non-blocking after setBlocking(false), and blocking again after setBlocking(true)", () => {
    const { near, far, listener } = pair();
    listener.setBlocking(false);
    far.setBlocking(false);
    expect(() => listener.accept()).toThrow(WouldBlockError);
    expect(() => far.recv(new Uint8Array(1))).toThrow(WouldBlockError);
    far.setBlocking(true);
    near.sendAll(Buffer.from("x"));
    expect(far.recv(new Uint8Array(1))).toBe(1); // waits, if it is not there yet
  });

  test("is blocking when it was accepted, whatever its listener is", () => {
    const { listener } = pair();
    listener.setBlocking(false);
    kept(Socket.connect(listener.address()));
    const epoll = kept(new Epoll());
    epoll.add(listener.fd, 1);
    epoll.wait(10_000);
    expect(isNonBlocking(kept(listener.accept()).fd)).toBe(false);
  });

  test("accepts a client that is non-blocking, or says that nobody is there: tryAccept", () => {
    const { listener } = pair();
    listener.setBlocking(false);
    expect(listener.tryAccept()).toBe("no client");
    kept(Socket.connect(listener.address()));
    const epoll = kept(new Epoll());
    epoll.add(listener.fd, 1);
    epoll.wait(10_000);
    const client = kept(listener.tryAccept() as Socket);
    expect(isNonBlocking(client.fd)).toBe(true);
    expect(client.tryRecv(new Uint8Array(1))).toBe(-1);
  });

  test("shares a port with another listener only where both want it: SO_REUSEPORT", () => {
    const first = kept(Socket.listen({ host: "127.0.0.1", port: 0, backlog: 64, reusePort: true }));
    const { host, port } = first.address();
    expect(() => Socket.listen({ host, port, backlog: 64 })).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
    const second = kept(Socket.listen({ host, port, backlog: 64, reusePort: true }));
    for (const listener of [first, second]) listener.setBlocking(false);
    for (let i = 0; i < 64; i += 1) kept(Socket.connect({ host, port }));
    const count = (listener: Socket) => {
      let clients = 0;
      for (let client = listener.tryAccept(); client instanceof Socket; client = listener.tryAccept())
        clients += kept(client) ? 1 : 0;
      return clients;
    };
    const [one, two] = [count(first), count(second)];
    expect(one + two).toBe(64);
    expect(Math.min(one, two)).toBeGreaterThan(0); // that one gets none of 64 has a chance of 1 in 2^63
  });

  test("sends small messages at once: TCP_NODELAY is set where it connects and where it accepts", () => {
    const { near, far } = pair();
    expect([option(near, 6, 1), option(far, 6, 1)]).toEqual([1, 1]);
    near.setNoDelay(false);
    expect(option(near, 6, 1)).toBe(0);
  });

  test("listens again at once on a port whose last connection lingers in TIME_WAIT: SO_REUSEADDR", () => {
    const { near, far, listener } = pair();
    const address: SocketAddress = listener.address();
    far.close(); // whoever closes first keeps the TIME_WAIT
    expect(near.recv(new Uint8Array(1))).toBe(0);
    near.close();
    listener.close();
    expect(kept(Socket.listen({ ...address, backlog: 1 })).address()).toEqual(address);
  });

  test("wraps a descriptor that somebody else has accepted, blocking or not as it is", () => {
    const { near, far } = pair();
    far.setBlocking(false);
    const wrapped = kept(Socket.fromFd(far.detach()));
    expect(() => wrapped.recv(new Uint8Array(1))).toThrow(WouldBlockError);
    near.sendAll(Buffer.from("y"));
    wrapped.setBlocking(true);
    expect(receiveExactly(kept(Socket.fromFd(wrapped.detach())), 1).toString()).toBe("y");
  });

  test("closes once: its number may be another socket's by then", () => {
    const first = pair().near;
    first.close();
    const { near, far } = pair();
    first.close();
    near.sendAll(Buffer.from("z"));
    expect(receiveExactly(far, 1).toString()).toBe("z");
  });

  test("is close-on-exec: a program that is started does not see it", () => {
    const { near, far, listener } = pair();
    kept(new Epoll());
    const inodes = [near, far, listener].map(({ fd }) => readlinkSync(`/proc/self/fd/${fd}`));
    const seen = () => execFileSync("ls", ["-l", "/proc/self/fd"], { encoding: "utf8" });
    for (const inode of inodes) expect(seen()).not.toContain(inode);
    expect(seen()).not.toContain("eventpoll");
    const F_SETFD = 2;
    libc.fcntl(near.fd, F_SETFD, 0);
    expect(seen()).toContain(inodes[0]); // without the flag it would be seen
  });
});

function option(socket: Socket, level: number, name: number): number {
  const value = new Int32Array(1);
  expect(libc.getsockopt(socket.fd, level, name, value, Int32Array.of(4))).toBe(0);
  return value[0]!;
}

function isNonBlocking(fd: number): boolean {
  const F_GETFL = 3;
  const O_NONBLOCK = 0o4000;
  return (libc.fcntl(fd, F_GETFL, 0) & O_NONBLOCK) !== 0;
}
