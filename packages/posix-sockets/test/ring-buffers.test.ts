import { fstatSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IoUring } from "../src/io-uring.ts";
import { Socket } from "../src/socket.ts";
import { noRing } from "./no-ring.ts";

/** What TypeScript would not let pass. */
const any = (value: unknown) => value as never;
const EBADF = expect.objectContaining({ name: "SocketError", code: "EBADF" });
/** Mebibytes of addresses and of memory. */
const size = () =>
  ["VmSize", "VmRSS"].map(
    (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024,
  ) as [addresses: number, memory: number];

describe("the buffers of a ring", { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => skip(noRing !== undefined, noRing));
  let ring: IoUring;
  let listener: Socket;
  let near: Socket;
  let far: Socket;
  beforeEach(() => {
    ring = new IoUring();
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 64 });
    near = Socket.connect(listener.address());
    far = listener.accept();
  });
  afterEach(() => {
    for (const each of [near, far, listener, ring]) each.close();
  });

  /** The buffer that holds what was just received. */
  function receive(): number {
    near.sendAll(Buffer.from("x"));
    ring.recv(far.fd);
    expect(ring.enter(1)).toBe(1);
    return ring.buffer(0);
  }

  const none = [-1, 32_768, 33_260, 2 ** 31, 2 ** 32, Number.NaN, 0.5, "0", undefined, null, true, {}];
  test.each(none)("have no number %s: it is neither given nor sent from", (buffer) => {
    expect(() => ring.give(any(buffer))).toThrow(/index/);
    expect(() => ring.send(far.fd, any(buffer), 0, 65_536)).toThrow(/index/);
    near.setBlocking(false);
    ring.enter(0);
    expect(near.tryRecv(new Uint8Array(9))).toBe(-1);
  });

  test("are given once: what is the kernel's is neither given again nor sent from", () => {
    const buffer = receive();
    ring.give(buffer);
    expect(() => ring.give(buffer)).toThrow(new RangeError(`buffer ${buffer} is not ours: it is the kernel's`));
    expect(() => ring.send(far.fd, buffer, 0, 1)).toThrow("the kernel's");
    expect(() => ring.give(63)).toThrow("the kernel's"); // one of those that it has from the beginning
    expect(() => ring.give(64)).toThrow("free");
  });

  test("are under way from a send to its completion, and ours again then", () => {
    const buffer = receive();
    ring.send(far.fd, buffer, 0, 1);
    expect(() => ring.give(buffer)).toThrow("under way");
    expect(() => ring.send(far.fd, buffer, 0, 1)).toThrow("under way");
    expect(ring.enter(1)).toBe(1);
    ring.give(buffer);
  });

  test.each([
    ["10", "9"],
    [0, 65_537],
    [-1, 5],
    [0, Number.NaN],
    [5, 4],
    [0.5, 1],
    [0, undefined],
  ])("are sent from within their bounds: not %s to %s", (start, end) => {
    const buffer = ring.takeBuffer();
    expect(() => ring.send(far.fd, buffer, any(start), any(end))).toThrow(RangeError);
    ring.give(buffer); // it is still ours
  });

  test("end: addBuffer says so, and takeBuffer", () => {
    for (let made = 64; made < ring.mostBuffers; made += 1) expect(ring.addBuffer()).toBe(true);
    expect(ring.addBuffer()).toBe(false);
    expect(ring.takeBuffer()).toBe(-1);
  });

  test.each([-1, Number.NaN, "1", undefined, null, true, 2 ** 31])("%s is no descriptor of any call", (fd) => {
    for (const call of [
      () => ring.closeFd(any(fd)),
      () => ring.recv(any(fd)),
      () => ring.recvMultishot(any(fd)),
      () => ring.accept(any(fd)),
      () => ring.poll(any(fd), 1),
      () => ring.timeout(any(fd), 1),
      () => ring.send(any(fd), 0, 0, 0),
    ])
      expect(call).toThrow("descriptor");
    expect(ring.enter(0)).toBe(0);
    expect(() => fstatSync(1)).not.toThrow(); // neither stdin nor stdout was closed
  });

  test("closeFd closes sockets only, and their objects are closed then", () => {
    const file = process.execPath.length > 0 ? fstatSync(1) && 2 ** 30 : 0;
    expect(() => ring.closeFd(file)).toThrow(EBADF);
    ring.closeFd(far.fd);
    expect(far.fd).toBe(-1);
    ring.enter(0);
    expect(near.recv(new Uint8Array(1))).toBe(0);
  });

  test.each([1, 5, -1, Number.NaN, "0", undefined, 2 ** 32])(
    "a turn with one completion has none with index %s",
    (i) => {
      receive();
      for (const call of [
        () => ring.kind(any(i)),
        () => ring.fd(any(i)),
        () => ring.result(any(i)),
        () => ring.buffer(any(i)),
        () => ring.more(any(i)),
      ])
        expect(call).toThrow("index");
    },
  );

  test.each([
    [Number.NaN, 0],
    [-1, 0],
    ["1", 0],
    [0.5, 0],
    [8193, 0],
    [0, Number.NaN],
    [0, -2],
    [0, "5"],
    [0, null],
  ])("enter(%s, %s) is refused", (least, timeout) => {
    expect(() => ring.enter(any(least), any(timeout))).toThrow(/least|milliseconds/);
  });

  test.each([0.9, 1.5, 30])("a time of %s ms is never less", (time) => {
    const start = performance.now();
    expect(ring.enter(1, time)).toBe(0);
    ring.timeout(5, time);
    expect(ring.enter(1)).toBe(1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(2 * time - 0.1);
  });

  test.each([Infinity, -1, 2 ** 32])("a timeout of %s ms is not over soon", (time) => {
    ring.timeout(5, time);
    expect(ring.enter(1, 100)).toBe(0);
  });

  test("once it is closed, every method throws, and kept memory is empty", () => {
    const { memory } = ring;
    const copy = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
    receive();
    ring.close();
    for (const call of [
      () => ring.recv(far.fd),
      () => ring.recvMultishot(far.fd),
      () => ring.accept(listener.fd),
      () => ring.poll(far.fd, 1),
      () => ring.closeFd(far.fd),
      () => ring.timeout(5, 1),
      () => ring.send(far.fd, 0, 0, 1),
      () => ring.give(0),
      () => ring.addBuffer(),
      () => ring.takeBuffer(),
      () => ring.kind(0),
      () => ring.fd(0),
      () => ring.result(0),
      () => ring.buffer(0),
      () => ring.more(0),
      () => ring.enter(0),
      () => ring.enter(0, 0),
    ])
      expect(call).toThrow(EBADF);
    for (const each of [memory, copy, ring.memory]) {
      expect(each.length).toBe(0);
      expect(each[0]).toBe(undefined);
      each[0] = 1; // goes nowhere
    }
    ring[Symbol.dispose]();
    expect(far.fd).not.toBe(-1);
  });

  test("a ring that is closed gives its memory and its addresses back", () => {
    const turn = () => {
      const each = new IoUring();
      for (let i = 0; i < 20; i += 1) {
        near.sendAll(new Uint8Array(60_000));
        each.recv(far.fd);
        each.enter(1);
      }
      each.memory.fill(1, 100 * 65_536, 110 * 65_536); // buffers that it never had
      each.close();
    };
    for (let i = 0; i < 5; i += 1) turn();
    const before = size();
    for (let i = 0; i < 100; i += 1) turn();
    const [addresses, memory] = size();
    expect(addresses - before[0]).toBeLessThan(500);
    expect(memory - before[1]).toBeLessThan(50);
  });
});
