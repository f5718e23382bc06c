import { execFile } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { toMilliseconds } from "../src/checks.ts";
import { EPOLLIN, Epoll } from "../src/epoll.ts";
import { WouldBlockError } from "../src/errors.ts";
import { PollFds, poll } from "../src/poll.ts";
import { cpuTime, exitNow, sleep } from "../src/process.ts";
import { FdSet, select } from "../src/select.ts";
import { Socket } from "../src/socket.ts";
import { PeerAddress, UdpSocket } from "../src/udp-socket.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
const kept = <T extends { close(): void }>(each: T): T => {
  open.push(each);
  return each;
};
function pair(): [near: Socket, far: Socket] {
  const listener = kept(Socket.listen({ ...LOOPBACK, backlog: 8 }));
  const sockets: [Socket, Socket] = [kept(Socket.connect(listener.address())), kept(listener.accept())];
  for (const socket of sockets) socket.setBlocking(false);
  return sockets;
}
/** What TypeScript would not let pass. */
const any = (value: unknown) => value as never;

test("no method takes an option that a program could lie about: `protected` would be TypeScript's only", () => {
  const [near] = pair();
  expect((near as unknown as Record<string, unknown>)["setOption"]).toBeUndefined();
  expect((near as unknown as Record<string, unknown>)["orClose"]).toBeUndefined();
});

describe("sendUrgent", () => {
  test("returns how many bytes the kernel took, and says that it takes none with WouldBlockError", () => {
    const [near] = pair();
    const much = new Uint8Array(64 * 1024 * 1024);
    const sent = near.sendUrgent(much);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(much.length);
    while (near.trySend(much, 0, much.length) !== -1);
    const thrown = (() => {
      try {
        return near.sendUrgent(much);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBe(WouldBlockError);
  });

  test("refuses 0 bytes, of which none can be urgent", () => {
    const [near] = pair();
    expect(() => near.sendUrgent(new Uint8Array(0))).toThrow(RangeError);
  });
});

const noBytes: [string, unknown][] = [
  ["a string", "xxxxx"],
  ["an ArrayBuffer", new ArrayBuffer(8)],
  ["a Uint16Array", new Uint16Array(4)],
  ["a DataView", new DataView(new ArrayBuffer(8))],
  ["an array", [1, 2, 3]],
  ["null", null],
  ["a proxy", new Proxy(new Uint8Array(8), {})],
  ["an object that looks like one", { length: 8, byteLength: 8, byteOffset: 0, buffer: new ArrayBuffer(8) }],
  ["what inherits from one", Object.create(Uint8Array.prototype)],
  ["one whose memory was transferred", transferred()],
];
function transferred(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}
/** An array of 64 bytes that says of itself that it has 4 MiB. */
class Liar extends Uint8Array {
  override get length(): never {
    return any(4 << 20);
  }
  override get byteLength(): never {
    return any(4 << 20);
  }
  override subarray(): never {
    return any(new Uint8Array(4 << 20));
  }
}

describe("bytes", () => {
  test.each(noBytes)("are not %s: neither sent, nor received into", (_, bytes) => {
    const [near, far] = pair();
    far.send(Buffer.from("hello"));
    for (const call of [
      () => near.recv(any(bytes)),
      () => near.tryRecv(any(bytes)),
      () => near.send(any(bytes)),
      () => near.trySend(any(bytes), 0, 0),
      () => near.sendAll(any(bytes)),
      () => near.sendUrgent(any(bytes)),
    ])
      expect(call).toThrow(TypeError);
    expect(near.tryRecv(new Uint8Array(9))).toBe(5); // nothing of it was lost
    expect(far.tryRecv(new Uint8Array(9))).toBe(-1);
  });

  test("have their own length, whatever a subclass says", () => {
    const [near, far] = pair();
    near.trySend(new Uint8Array(100_000), 0, 100_000);
    expect(far.recv(new Liar(64))).toBe(64);
    expect(() => near.send(new Liar(64), 0, 65)).toThrow(RangeError);
    const memory = Buffer.alloc(8, "abcdefgh");
    expect(near.trySend(new Liar(memory.buffer, memory.byteOffset, 8), 2, 4)).toBe(2);
  });

  test("may stand in resizable and in shared memory", () => {
    const [near, far] = pair();
    const resizable = new Uint8Array(
      new (ArrayBuffer as never as new (n: number, o: object) => ArrayBuffer)(5, { maxByteLength: 99 }),
    );
    near.send(resizable.fill(7), 1, 5);
    const shared = new Uint8Array(new SharedArrayBuffer(9)).subarray(2);
    expect(far.recv(shared)).toBe(4);
    expect([...shared]).toEqual([7, 7, 7, 7, 0, 0, 0]);
  });

  test("are never none where a FIN would look the same", () => {
    expect(() => pair()[0].recv(new Uint8Array(0))).toThrow(RangeError);
  });

  test.each([
    ["10", "9"],
    [0, "5"],
    [Number.NaN, 5],
    [0, Number.NaN],
    [0.5, 2],
    [0, 21],
    [-1, 5],
    [5, 4],
    [0, null],
    [0, 5n],
  ])("are sent from whole numbers only: not %s to %s of 20", (start, end) => {
    const [near, far] = pair();
    for (const call of [
      () => near.send(new Uint8Array(20), any(start), any(end)),
      () => near.trySend(new Uint8Array(20), any(start), any(end)),
    ])
      expect(call).toThrow();
    if (typeof end !== "number" || !(end <= 4)) expect(() => near.sendAll(new Uint8Array(4), any(end))).toThrow();
    expect(far.tryRecv(new Uint8Array(100))).toBe(-1);
  });

  test("of a datagram are as many as were said, and their sender is a PeerAddress", () => {
    const [one, other] = [kept(UdpSocket.bound(LOOPBACK)), kept(UdpSocket.bound(LOOPBACK))];
    other.setBlocking(false);
    const to = PeerAddress.of(other.address());
    for (const length of ["4", Number.NaN, 9, -1, 1.5])
      expect(() => one.sendTo(new Uint8Array(8), any(length), to)).toThrow();
    expect(() => one.sendTo(new Uint8Array(8), 8, new PeerAddress())).toThrow("empty");
    expect(() => one.sendTo(new Uint8Array(8), 8, any({ host: "127.0.0.1", port: 9 }))).toThrow(TypeError);
    expect(() => other.recvFrom(new Uint8Array(8), any({ memory: new Uint8Array(1) }))).toThrow(TypeError);
    expect(other.tryRecvFrom(new Uint8Array(8), new PeerAddress())).toBe(-1);
  });
});

const noDescriptors = [-1, Number.NaN, 1.5, 2 ** 31, 2 ** 32 + 5, "5", "999", undefined, null, true, 5n, {}, [5]];

describe("a descriptor", () => {
  test.each(noDescriptors)("is not %s", (fd) => {
    const epoll = kept(new Epoll());
    for (const call of [
      () => new FdSet().add(any(fd)),
      () => new FdSet().remove(any(fd)),
      () => new PollFds().push(any(fd), 1),
      () => epoll.add(any(fd), EPOLLIN),
      () => epoll.modify(any(fd), EPOLLIN),
      () => epoll.delete(any(fd)),
      () => Socket.fromFd(any(fd)),
      () => Socket.duplicateOf(any(fd)),
    ])
      expect(call).toThrow(/descriptor|BigInt/);
    if (typeof fd !== "bigint") expect(new FdSet().has(any(fd))).toBe(false);
  });

  test("of a file, or of another kind of socket, makes no Socket", () => {
    expect(() => Socket.fromFd(kept(UdpSocket.bound(LOOPBACK)).fd)).toThrow("no stream socket");
    const file = openSync("/dev/null", "r");
    expect(() => Socket.fromFd(file)).toThrow("ENOTSOCK");
    closeSync(file);
    expect(() => new (Socket as never as new (fd: number) => Socket)(5)).toThrow("static methods");
  });
});

describe("places and answers", () => {
  test.each([0, 3, 7, -1, Number.NaN, "0", undefined, 2 ** 32])(
    "a PollFds has no place %s while it is empty, nor an Epoll an answer",
    (i) => {
      const fds = new PollFds();
      const epoll = kept(new Epoll());
      for (const call of [
        () => fds.remove(any(i)),
        () => fds.fd(any(i)),
        () => fds.events(any(i)),
        () => fds.revents(any(i)),
        () => fds.setEvents(any(i), 1),
        () => epoll.fd(any(i)),
        () => epoll.events(any(i)),
      ])
        expect(call).toThrow(/index/);
      expect(fds.length).toBe(0);
      fds.push(1, 1);
      expect(fds.length).toBe(1);
    },
  );

  test.each([-1, 0x8000, "1", Number.NaN, null])("events are not %s", (events) => {
    expect(() => new PollFds().push(0, any(events))).toThrow("events");
    if (events !== -1 && events !== 0x8000) expect(() => kept(new Epoll()).add(0, any(events))).toThrow("events");
  });

  test("an Epoll has room for 1 to 1,048,576 answers", () => {
    for (const most of [0, -1, Number.NaN, "8", 2 ** 31, 2 ** 32 + 1])
      expect(() => new Epoll(any(most))).toThrow("most");
  });

  test("select and poll take their own kinds only, and no length from a subclass", () => {
    expect(() => select(any({ end: 1e6, memory: new Int32Array(1) }), new FdSet(), 0)).toThrow(TypeError);
    expect(() => poll(any({ length: 5, memory: new Int32Array(1) }), 0)).toThrow(TypeError);
    class LongSet extends FdSet {
      override get end(): number {
        return 1e6;
      }
    }
    class LongFds extends PollFds {
      override get length(): number {
        return 1e6;
      }
    }
    expect(select(new LongSet(), new LongSet(), 0)).toBe(0);
    expect(poll(new LongFds(), 0)).toBe(0);
  });
});

describe("an address", () => {
  test.each([
    Buffer.from("127.0.0.1"),
    new Uint8Array(0),
    "127.0.0.1\0",
    "127.0.0.1\0.example",
    undefined,
    null,
    0,
    {},
    new String("::1"),
  ])("has no host %s", (host) => {
    for (const call of [
      () => PeerAddress.of({ host: any(host), port: 1 }),
      () => Socket.connect({ host: any(host), port: 1 }),
      () => Socket.connectNonBlocking({ host: any(host), port: 1 }),
      () => Socket.listen({ host: any(host), port: 0, backlog: 1 }),
      () => UdpSocket.bound({ host: any(host), port: 0 }),
    ])
      expect(call).toThrow(TypeError);
  });

  test.each([-1, 65_536, 1.5, Number.NaN, "80", null])("has no port %s, and a listener no such backlog", (port) => {
    expect(() => PeerAddress.of({ host: "127.0.0.1", port: any(port) })).toThrow("port");
    if (port !== 65_536) expect(() => Socket.listen({ ...LOOPBACK, backlog: any(port) })).toThrow("backlog");
  });

  test("of a PeerAddress that is not filled in cannot be read", () => {
    expect(() => new PeerAddress().host).toThrow("no IP address");
  });
});

describe("milliseconds", { timeout: 30_000 }, () => {
  test("are whole ones, rounded up, that fit an int; -1 and Infinity are for ever", () => {
    expect([0, 0.001, 0.9, 1, 1000 / 60, 2 ** 31 - 1.5, 2 ** 31, 2 ** 32, 2 ** 53].map(toMilliseconds)).toEqual([
      ...[0, 1, 1, 1, 17],
      ...Array(4).fill(2 ** 31 - 1),
    ]);
    expect([-1, Infinity].map(toMilliseconds)).toEqual([-1, -1]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 31 - 1, noNaN: true }), (time) => toMilliseconds(time) >= time),
    );
  });

  const none = [Number.NaN, -2, -0.5, -Infinity, "5", undefined, null, true, 5n, {}];
  test.each(none)("are not %s", (time) => {
    const epoll = kept(new Epoll());
    for (const call of [
      () => epoll.wait(any(time)),
      () => poll(new PollFds(), any(time)),
      () => select(new FdSet(), new FdSet(), any(time)),
      () => sleep(any(time)),
    ])
      expect(call).toThrow("milliseconds");
  });

  const waits = {
    epoll: "new P.Epoll().wait(T)",
    poll: "P.poll(new P.PollFds(), T)",
    select: "P.select(new P.FdSet(), new P.FdSet(), T)",
    sleep: "P.sleep(T)",
  };
  const index = new URL("../dist/index.js", import.meta.url).href;
  test.each(
    Object.entries(waits).flatMap(([name, wait]) =>
      ["Infinity", "2 ** 32", "2 ** 53"].map((time) => [name, time, wait.replace("T", time)]),
    ),
  )("%s(%s) waits, and does not spin", async (_, __, wait) => {
    // A thread that is never woken, looked at for a while by its process: the clock is that of all threads together.
    const program = `
        import * as P from ${JSON.stringify(index)};
        import { Worker, isMainThread } from "node:worker_threads";
        const text = \`import { parentPort } from "node:worker_threads"; import * as P from ${JSON.stringify(index)}; parentPort.postMessage("waits"); ${wait}\`;
        const thread = new Worker(new URL("data:text/javascript," + encodeURIComponent(text)));
        thread.once("exit", () => { console.log("ended"); P.exitNow(1); });
        thread.once("message", () => { const start = P.cpuTime(process.pid); setTimeout(() => { console.log(P.cpuTime(process.pid) - start); P.exitNow(0); }, 600); });
      `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
    expect(Number(stdout)).toBeLessThan(400e6); // nanoseconds: half of the time and more it slept
  });
});

describe("other arguments", () => {
  test.each([256, -1, Number.NaN, "0", undefined])("%s is no exit code", (code) => {
    expect(() => exitNow(any(code))).toThrow("exit code");
  });
  test.each([0, -1, Number.NaN, "1", undefined, 2 ** 31])("%s is no process", (pid) => {
    expect(() => cpuTime(any(pid))).toThrow("process id");
  });
  test.each(["toString", "constructor", "__proto__", 0, undefined, "READ"])("a shutdown is not %s", (how) => {
    expect(() => pair()[0].shutdown(any(how))).toThrow(TypeError);
  });
  test.each(["false", 0, undefined])("%s is neither true nor false", (value) => {
    const [near] = pair();
    expect(() => near.setBlocking(any(value))).toThrow("true or false");
    expect(() => near.setNoDelay(any(value))).toThrow("true or false");
    expect(near.isBlocking).toBe(false);
  });
});

test("the fuzzer finds nothing", { timeout: 120_000 }, async () => {
  const { run } = await import(fileURLToPath(new URL("../fuzz/fuzz.js", import.meta.url)));
  expect(run(1, 10_000)).toEqual({ calls: 10_000, found: undefined });
});
