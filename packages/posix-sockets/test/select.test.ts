import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FD_SETSIZE, FdSet, select } from "../src/select.ts";
import { Socket } from "../src/socket.ts";

const LONG = 60_000;

describe("FdSet", () => {
  test("is a set of the numbers below 1024", () => {
    const step = fc.record({ add: fc.boolean(), fd: fc.integer({ min: 0, max: FD_SETSIZE - 1 }) });
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 0, max: FD_SETSIZE - 1 }), (steps, probe) => {
        const set = new FdSet();
        const model = new Set<number>();
        for (const { add, fd } of steps) {
          if (add) set.add(fd);
          else set.remove(fd);
          if (add) model.add(fd);
          else model.delete(fd);
        }
        for (const fd of [probe, ...steps.map((each) => each.fd)]) expect(set.has(fd)).toBe(model.has(fd));
        expect(set.end).toBeGreaterThan(Math.max(-1, ...model));
        set.clear();
        expect(steps.some(({ fd }) => set.has(fd))).toBe(false);
      }),
    );
  });

  test.each([FD_SETSIZE, -1, Number.NaN])("refuses %s, which has no bit", (fd) => {
    expect(() => new FdSet().add(fd)).toThrow(
      new RangeError(`descriptor ${fd} does not fit into a set of select: it takes 0 to 1023`),
    );
    expect(new FdSet().has(fd)).toBe(false);
  });
});

describe("select", { timeout: 180_000 }, () => {
  let listener: Socket;
  let near: Socket;
  let far: Socket;
  const readable = new FdSet();
  const writable = new FdSet();
  beforeEach(() => {
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 64 });
    near = Socket.connect(listener.address());
    far = listener.accept();
    readable.clear();
    writable.clear();
  });
  afterEach(() => {
    for (const each of [near, far, listener]) each.close();
  });

  test("waits as long as it is told while nothing is ready, and leaves nothing in the sets", () => {
    readable.add(far.fd);
    const before = performance.now();
    expect(select(readable, writable, 50)).toBe(0);
    expect(performance.now() - before).toBeGreaterThanOrEqual(49);
    expect(readable.has(far.fd)).toBe(false);
  });

  test("leaves who is ready, and takes out who is not", () => {
    readable.add(far.fd);
    readable.add(near.fd);
    readable.add(listener.fd);
    near.sendAll(Buffer.from("x"));
    expect(select(readable, writable, LONG)).toBe(1);
    expect([far, near, listener].map(({ fd }) => readable.has(fd))).toEqual([true, false, false]);
  });

  test("waits for ever until somebody has something, be it room", () => {
    writable.add(near.fd);
    expect(select(readable, writable, -1)).toBe(1);
    expect(writable.has(near.fd)).toBe(true);
  });

  test("says what the kernel says of a descriptor that is none", () => {
    readable.add(far.fd);
    far.close();
    expect(() => select(readable, writable, 0)).toThrow(expect.objectContaining({ code: "EBADF", syscall: "select" }));
  });
});
