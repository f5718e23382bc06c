import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, PollFds, poll } from "../src/poll.ts";
import { Socket } from "../src/socket.ts";

const LONG = 60_000;

describe("poll", { timeout: 180_000 }, () => {
  let listener: Socket;
  let near: Socket;
  let far: Socket;
  let fds: PollFds;
  beforeEach(() => {
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 256 });
    near = Socket.connect(listener.address());
    far = listener.accept();
    fds = new PollFds();
  });
  afterEach(() => {
    for (const each of [near, far, listener]) each.close();
  });

  test("waits as long as it is told while nothing is ready, and answers 0", () => {
    fds.push(far.fd, POLLIN);
    expect(poll(fds, 0)).toBe(0);
    const before = performance.now();
    expect(poll(fds, 50)).toBe(0);
    expect(performance.now() - before).toBeGreaterThanOrEqual(49);
    expect(fds.revents(0)).toBe(0);
  });

  test("marks who is ready, and for what, and keeps what is wanted", () => {
    fds.push(listener.fd, POLLIN);
    fds.push(far.fd, POLLIN);
    fds.push(near.fd, POLLIN | POLLOUT);
    near.sendAll(Buffer.from("x"));
    fds.setEvents(2, POLLIN);
    expect(poll(fds, LONG)).toBe(1);
    expect([0, 1, 2].map((i) => fds.revents(i))).toEqual([0, POLLIN, 0]);
    fds.setEvents(2, POLLOUT);
    expect(poll(fds, LONG)).toBe(2);
    expect([0, 1, 2].map((i) => fds.revents(i))).toEqual([0, POLLIN, POLLOUT]);
    expect([0, 1, 2].map((i) => fds.events(i))).toEqual([POLLIN, POLLIN, POLLOUT]);
  });

  test("gives the place of one that is removed to the last one, with all that is known of it", () => {
    fds.push(listener.fd, POLLIN);
    fds.push(far.fd, POLLIN);
    fds.push(near.fd, POLLOUT);
    poll(fds, LONG);
    fds.remove(0);
    expect(fds.length).toBe(2);
    expect([fds.fd(0), fds.events(0), fds.revents(0)]).toEqual([near.fd, POLLOUT, POLLOUT]);
    expect(fds.fd(1)).toBe(far.fd);
    fds.remove(1);
    expect(fds.length).toBe(1);
  });

  test("grows beyond what it began with", () => {
    const others = Array.from({ length: 200 }, () => Socket.connect(listener.address()));
    for (const { fd } of others) fds.push(fd, POLLOUT);
    expect(poll(fds, LONG)).toBe(200);
    expect(others.map((_, i) => fds.fd(i))).toEqual(others.map(({ fd }) => fd));
    for (const other of others) other.close();
  });

  test("tells of what nobody has asked for: an end, a reset, a descriptor that is none", () => {
    fds.push(far.fd, 0);
    near.setResetOnClose();
    near.close();
    expect(poll(fds, LONG)).toBe(1);
    expect(fds.revents(0) & (POLLERR | POLLHUP)).toBe(POLLERR | POLLHUP);
    fds.remove(0);
    fds.push(2 ** 30, POLLIN);
    expect(poll(fds, LONG)).toBe(1);
    expect(fds.revents(0)).toBe(POLLNVAL);
  });
});
