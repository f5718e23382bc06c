import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, Epoll } from "../src/epoll.ts";
import { SocketError } from "../src/errors.ts";
import * as libc from "../src/libc.ts";
import { AF_INET, encodeAddress } from "../src/sockaddr.ts";
import { Socket } from "../src/socket.ts";

/** Milliseconds: what is awaited comes long before, and if it does not come, the test fails and does not hang. */
const LONG = 60_000;

describe("Epoll", { timeout: 180_000 }, () => {
  let epoll: Epoll;
  let listener: Socket;
  let near: Socket;
  let far: Socket;
  let others: Socket[];
  beforeEach(() => {
    others = [];
    epoll = new Epoll();
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 64 });
    near = Socket.connect(listener.address());
    far = listener.accept();
  });
  afterEach(() => {
    for (const each of [...others, near, far, listener, epoll]) each.close();
  });
  const connectNonBlocking = (to = listener.address()) => others[others.push(Socket.connectNonBlocking(to)) - 1]!;
  const ready = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ fd: epoll.fd(i), events: epoll.events(i) }));

  test("waits as long as it is told while nothing is ready, and answers 0", () => {
    epoll.add(far.fd, EPOLLIN);
    expect(epoll.wait(0)).toBe(0);
    const before = performance.now();
    expect(epoll.wait(50)).toBe(0);
    expect(performance.now() - before).toBeGreaterThanOrEqual(49); // its clock and ours round differently
  });

  test("tells which descriptor is ready, and for what", async () => {
    epoll.add(far.fd, EPOLLIN);
    epoll.add(near.fd, EPOLLIN | EPOLLOUT);
    near.sendAll(Buffer.from("x"));
    // Both are in one answer once the byte has arrived: `near` has room all the time.
    await expect.poll(() => epoll.wait(0), { timeout: LONG, interval: 1 }).toBe(2);
    expect(ready(2)).toContainEqual({ fd: far.fd, events: EPOLLIN });
    expect(ready(2)).toContainEqual({ fd: near.fd, events: EPOLLOUT });
  });

  test("tells it again until it is dealt with: it is level-triggered", () => {
    epoll.add(far.fd, EPOLLIN);
    near.sendAll(Buffer.from("x"));
    expect(epoll.wait(LONG)).toBe(1);
    expect(epoll.wait(LONG)).toBe(1);
    far.recv(new Uint8Array(1));
    expect(epoll.wait(0)).toBe(0);
  });

  test("tells it once, where it is to be edge-triggered, and again when more has come", () => {
    epoll.add(far.fd, EPOLLIN | EPOLLET);
    near.sendAll(Buffer.from("x"));
    expect(epoll.wait(LONG)).toBe(1);
    expect(epoll.wait(0)).toBe(0);
    near.sendAll(Buffer.from("y"));
    expect(epoll.wait(LONG)).toBe(1);
    expect(ready(1)).toEqual([{ fd: far.fd, events: EPOLLIN }]);
  });

  test("tells of a client that waits to be accepted", () => {
    epoll.add(listener.fd, EPOLLIN);
    expect(epoll.wait(0)).toBe(0);
    connectNonBlocking();
    expect(epoll.wait(LONG)).toBe(1);
    expect(ready(1)).toEqual([{ fd: listener.fd, events: EPOLLIN }]);
  });

  test("waits for what `modify` says, and for nothing after `delete`", () => {
    epoll.add(near.fd, EPOLLIN);
    expect(epoll.wait(0)).toBe(0);
    epoll.modify(near.fd, EPOLLOUT);
    expect(epoll.wait(LONG)).toBe(1);
    expect(ready(1)).toEqual([{ fd: near.fd, events: EPOLLOUT }]);
    epoll.delete(near.fd);
    expect(epoll.wait(0)).toBe(0);
  });

  test("reports no more than it was made for, and the others at the next wait", () => {
    const narrow = new Epoll(1);
    others.push(narrow as unknown as Socket); // closed with the rest
    narrow.add(near.fd, EPOLLOUT);
    narrow.add(far.fd, EPOLLOUT);
    const seen = [0, 1].map(() => {
      expect(narrow.wait(LONG)).toBe(1);
      return narrow.fd(0);
    });
    expect(new Set(seen)).toEqual(new Set([near.fd, far.fd]));
  });

  test("keeps more than one word of descriptors apart", () => {
    others.push(...Array.from({ length: 20 }, () => Socket.connect(listener.address())));
    for (const { fd } of others) epoll.add(fd, EPOLLOUT);
    expect(epoll.wait(LONG)).toBe(20);
    expect(new Set(ready(20).map(({ fd }) => fd))).toEqual(new Set(others.map(({ fd }) => fd)));
  });

  test("says what the kernel says of a wrong call", () => {
    epoll.add(far.fd, EPOLLIN);
    const failure = (code: string) => expect.objectContaining({ name: "SocketError", code, syscall: "epoll_ctl" });
    expect(() => epoll.add(far.fd, EPOLLIN)).toThrow(failure("EEXIST"));
    expect(() => epoll.modify(near.fd, EPOLLIN)).toThrow(failure("ENOENT"));
    expect(() => epoll.delete(near.fd)).toThrow(failure("ENOENT"));
    expect(() => epoll.add(2 ** 30, EPOLLIN)).toThrow(failure("EBADF"));
  });

  test("tells of the peer's end: IN with its FIN, ERR and HUP with its RST", async () => {
    epoll.add(far.fd, EPOLLIN);
    near.shutdown("write");
    expect(epoll.wait(LONG)).toBe(1);
    expect(ready(1)).toEqual([{ fd: far.fd, events: EPOLLIN }]);
    near.setResetOnClose();
    near.close();
    const seen = () => (epoll.wait(0) === 1 ? epoll.events(0) & (EPOLLHUP | EPOLLERR) : 0);
    await expect.poll(seen, { timeout: LONG, interval: 1 }).toBe(EPOLLHUP | EPOLLERR);
  });

  describe("with connectNonBlocking", () => {
    test("tells that the connection is there: it is writable, and has no error", () => {
      const socket = connectNonBlocking();
      epoll.add(socket.fd, EPOLLOUT);
      expect(epoll.wait(LONG)).toBe(1);
      expect(ready(1)).toEqual([{ fd: socket.fd, events: EPOLLOUT }]);
      expect(socket.pendingError()).toBeUndefined();
      socket.sendAll(Buffer.from("x"));
      const accepted = listener.accept();
      others.push(accepted);
      expect(accepted.recv(new Uint8Array(1))).toBe(1);
    });

    test("tells that it was refused: the error is there once, and is ECONNREFUSED", () => {
      const deaf = boundButDeaf();
      others.push(deaf);
      const socket = connectNonBlocking(deaf.address());
      epoll.add(socket.fd, EPOLLOUT);
      expect(epoll.wait(LONG)).toBe(1);
      expect(epoll.events(0) & EPOLLERR).toBe(EPOLLERR);
      const error = socket.pendingError();
      expect(error).toBeInstanceOf(SocketError);
      expect(error).toMatchObject({ code: "ECONNREFUSED", syscall: "connect" });
      expect(socket.pendingError()).toBeUndefined(); // reading clears it
    });
  });
});

/** A socket that holds its port and does not listen: whoever connects there is refused. */
function boundButDeaf(): Socket {
  const address = encodeAddress({ host: "127.0.0.1", port: 0 });
  const SOCK_STREAM_CLOEXEC = 0o2000001;
  const socket = Socket.fromFd(libc.socket(AF_INET, SOCK_STREAM_CLOEXEC, 0));
  expect(libc.bind(socket.fd, address, address.length)).toBe(0);
  return socket;
}
