import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IoUring } from "../src/io-uring.ts";
import { POLLERR, POLLOUT } from "../src/poll.ts";
import { Socket } from "../src/socket.ts";
import { noRing } from "./no-ring.ts";

interface Done {
  kind: string;
  fd: number;
  result: number;
  buffer: number;
  more: boolean;
}

describe("IoUring", { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => skip(noRing !== undefined, noRing));
  let ring: IoUring;
  let listener: Socket;
  let near: Socket;
  let far: Socket;
  const others: Socket[] = [];
  beforeEach(() => {
    ring = new IoUring();
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 64 });
    near = Socket.connect(listener.address());
    far = listener.accept();
  });
  afterEach(() => {
    for (const each of [...others.splice(0), near, far, listener, ring]) each.close();
  });

  /** What is done, at least so many. */
  function enter(least: number): Done[] {
    const all: Done[] = [];
    while (all.length < least) {
      const count = ring.enter(least - all.length);
      for (let i = 0; i < count; i += 1)
        all.push({
          ...{ kind: ring.kind(i), fd: ring.fd(i), result: ring.result(i) },
          ...{ buffer: ring.buffer(i), more: ring.more(i) },
        });
    }
    return all;
  }
  const connect = () => others[others.push(Socket.connect(listener.address())) - 1]!;
  /** One message from `near` that `far` sends back, through the ring. */
  function echo(text: string): string {
    near.sendAll(Buffer.from(text));
    ring.recv(far.fd);
    const [received] = enter(1);
    ring.send(far.fd, received!.buffer, 0, received!.result);
    expect(enter(1)).toMatchObject([{ kind: "send", fd: far.fd, result: text.length }]);
    ring.give(received!.buffer);
    const answer = Buffer.alloc(text.length);
    for (let length = 0; length < answer.length; ) length += near.recv(answer.subarray(length));
    return answer.toString();
  }

  test("receives into a buffer of its own, and sends from it", () => {
    expect(echo("hello")).toBe("hello");
  });

  test("goes on when its queues have wrapped around, many times", () => {
    // 20,000 operations: the submission queue has 1,024 entries, the completion queue 8,192.
    for (let i = 0; i < 10_000; i += 1) expect(echo(`message ${i}`)).toBe(`message ${i}`);
  });

  test("uses every buffer in turn, across the end of their ring", () => {
    // 64 buffers at first; the tail of their ring has 16 bits.
    for (let i = 0; i < 70_000; i += 1) {
      near.sendAll(Buffer.from("x"));
      ring.recv(far.fd);
      const [{ buffer, result }] = enter(1) as [Done];
      if (buffer < 0 || buffer > 63 || result !== 1)
        expect({ i, buffer, result }).toEqual({ i, buffer: "0 to 63", result: 1 });
      ring.give(buffer);
    }
  });

  test("takes more at once than its queue has room for", () => {
    for (let i = 0; i < 3000; i += 1) ring.timeout(i, 0);
    expect(new Set(enter(3000).map(({ fd }) => fd)).size).toBe(3000);
  });

  test("accepts one client after the other, asked once", () => {
    ring.accept(listener.fd);
    for (let i = 0; i < 3; i += 1) {
      connect();
      const [done] = enter(1);
      expect(done).toMatchObject({ kind: "accept", fd: listener.fd, more: true });
      expect(done!.result).toBeGreaterThan(0);
      ring.closeFd(done!.result);
    }
  });

  test("says 0 at a FIN, and the error number, negative, of a reset", () => {
    ring.recv(far.fd);
    near.shutdown("write");
    expect(enter(1)).toMatchObject([{ kind: "recv", fd: far.fd, result: 0 }]);
    ring.recv(far.fd);
    near.setResetOnClose();
    near.close();
    const results = enter(1).map(({ result }) => result);
    expect([[0], [-104]]).toContainEqual(results); // a FIN is told again, until the reset is there
  });

  test("does not complete a send before there is room for some of it", () => {
    near.sendAll(Buffer.alloc(60_000, "x"));
    ring.recv(far.fd);
    const [{ buffer, result: length }] = enter(1) as [Done];
    // `near` does not read: after some megabytes one send finds no room.
    for (let done: Done | undefined; !done || done.kind === "send"; ) {
      ring.send(far.fd, buffer, 0, length);
      ring.timeout(far.fd, 20);
      [done] = enter(1);
      if (done!.kind === "send") enter(1); // its timeout
    }
    near.setBlocking(false);
    const scrap = Buffer.alloc(256 * 1024);
    while (near.tryRecv(scrap) > 0);
    const [send] = enter(1);
    expect(send!.kind).toBe("send");
    expect(send!.result).toBeGreaterThan(0);
  });

  test("says ENOBUFS when all buffers are taken, and goes on with one more", () => {
    for (let i = 0; i < 64; i += 1) {
      near.sendAll(Buffer.from("x"));
      ring.recv(far.fd);
      expect(enter(1)[0]!.buffer).toBe(i);
    }
    near.sendAll(Buffer.from("x"));
    ring.recv(far.fd);
    expect(enter(1)).toMatchObject([{ result: -105, buffer: -1 }]);
    ring.addBuffer();
    ring.recv(far.fd);
    expect(enter(1)).toMatchObject([{ result: 1, buffer: 64 }]);
  });

  test("waits as long as it is told to", () => {
    const before = performance.now();
    ring.timeout(7, 50);
    expect(enter(1)).toMatchObject([{ kind: "timeout", fd: 7, result: -62 }]); // ETIME
    expect(performance.now() - before).toBeGreaterThanOrEqual(49);
  });

  test("shows what stands in its buffers, and sends what we have written into one", () => {
    near.sendAll(Buffer.from("hello"));
    ring.recv(far.fd);
    const [received] = enter(1);
    const memory = Buffer.from(ring.memory.buffer, ring.memory.byteOffset, ring.memory.length);
    const at = received!.buffer * ring.bufferBytes;
    expect(memory.subarray(at, at + received!.result).toString()).toBe("hello");
    const own = ring.takeBuffer();
    memory.write("<good day>", own * ring.bufferBytes);
    ring.send(far.fd, own, 1, 9);
    expect(enter(1)).toMatchObject([{ kind: "send", fd: far.fd, result: 8 }]);
    const answer = Buffer.alloc(20);
    expect(answer.subarray(0, near.recv(answer)).toString()).toBe("good day");
  });

  test("receives again and again, asked once, until the FIN", () => {
    ring.recvMultishot(far.fd);
    for (const text of ["one", "two", "three"]) {
      near.sendAll(Buffer.from(text));
      const [received] = enter(1);
      expect(received).toMatchObject({ kind: "recv", fd: far.fd, result: text.length, more: true });
      ring.give(received!.buffer);
    }
    near.shutdown("write");
    expect(enter(1)).toMatchObject([{ kind: "recv", fd: far.fd, result: 0, more: false }]);
  });

  test("says when a socket is connected, and that one was refused", () => {
    const to = listener.address();
    const connecting = Socket.connectNonBlocking(to);
    others.push(connecting);
    ring.poll(connecting.fd, POLLOUT);
    expect(enter(1)).toMatchObject([{ kind: "poll", fd: connecting.fd, result: POLLOUT }]);
    listener.close();
    const refused = Socket.connectNonBlocking(to);
    others.push(refused);
    ring.poll(refused.fd, POLLOUT);
    expect(enter(1)[0]!.result & POLLERR).toBe(POLLERR);
    expect(refused.pendingError()?.code).toBe("ECONNREFUSED");
  });

  test("waits no longer than it is told to, and not at all where there is no time", () => {
    const start = performance.now();
    expect(ring.enter(1, 0)).toBe(0);
    expect(ring.enter(1, 50)).toBe(0);
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
    near.sendAll(Buffer.from("hello"));
    ring.recv(far.fd);
    expect(ring.enter(1, 10_000)).toBe(1);
    expect(ring.result(0)).toBe(5);
  });

  test("closes after what was asked before, and says nothing of it", () => {
    near.sendAll(Buffer.from("bye"));
    ring.recv(far.fd);
    const [{ buffer }] = enter(1) as [Done];
    ring.send(far.fd, buffer, 0, 3);
    ring.closeFd(far.detach());
    expect(enter(1)).toMatchObject([{ kind: "send" }]);
    const answer = Buffer.alloc(8);
    expect(near.recv(answer)).toBe(3);
    expect(near.recv(answer)).toBe(0);
  });

  test("never sends what stands in the next buffer", () => {
    expect(() => ring.send(far.fd, ring.takeBuffer(), 0, ring.bufferBytes + 1)).toThrow(RangeError);
  });

  test("takes no client any more once it is closed: what was under way is cancelled", async () => {
    ring.accept(listener.fd);
    ring.enter(0);
    ring.close();
    const client = connect();
    others.push(listener.accept());
    expect(others.at(-1)!.address()).toEqual(listener.address());
    client.sendAll(Buffer.from("x"));
    expect(others.at(-1)!.recv(new Uint8Array(1))).toBe(1);
  });

  test("throws from every call once it is closed", () => {
    ring.close();
    ring.close();
    expect(() => ring.enter(0)).toThrow(expect.objectContaining({ code: "EBADF", syscall: "io_uring_enter" }));
  });
});
