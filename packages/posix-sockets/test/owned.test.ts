import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { EPOLLIN, Epoll } from "../src/epoll.ts";
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
const listen = () => kept(Socket.listen({ ...LOOPBACK, backlog: 8 }));
function pair(listener = listen()): [near: Socket, far: Socket] {
  return [kept(Socket.connect(listener.address())), kept(listener.accept())];
}
const EBADF = expect.objectContaining({ name: "SocketError", code: "EBADF" });

/** Each call of a socket but those that close it. */
const calls: ((socket: Socket) => unknown)[] = [
  (socket) => socket.send(Buffer.from("x")),
  (socket) => socket.trySend(Buffer.from("x"), 0, 1),
  (socket) => socket.sendAll(Buffer.from("x")),
  (socket) => socket.sendUrgent(Buffer.from("x")),
  (socket) => socket.recv(new Uint8Array(1)),
  (socket) => socket.tryRecv(new Uint8Array(1)),
  (socket) => socket.accept(),
  (socket) => socket.tryAccept(),
  (socket) => socket.shutdown("both"),
  (socket) => socket.setBlocking(false),
  (socket) => socket.isBlocking,
  (socket) => socket.setNoDelay(true),
  (socket) => socket.setResetOnClose(),
  (socket) => socket.pendingError(),
  (socket) => socket.address(),
  (socket) => socket.detach(),
];

describe("closed means closed", () => {
  test("a closed socket has no descriptor, and reaches no other connection", async () => {
    const listener = listen();
    const [closed] = pair(listener);
    const { fd } = closed;
    closed.close();
    const [near, far] = pair(listener);
    expect([near.fd, far.fd]).toContain(fd); // its number is another connection's by now
    for (const socket of [near, far]) socket.setBlocking(false);
    expect(closed.fd).toBe(-1);
    for (const call of calls) expect(() => call(closed)).toThrow(EBADF);
    await expect(closed.acceptAsync()).rejects.toEqual(EBADF);
    closed.close();
    closed[Symbol.dispose]();
    for (const socket of [near, far]) expect(socket.tryRecv(new Uint8Array(9))).toBe(-1);
    expect(near.isBlocking).toBe(false);
  });

  test("a closed UdpSocket sends nothing", () => {
    const socket = UdpSocket.bound(LOOPBACK);
    const to = PeerAddress.of(socket.address());
    socket.close();
    expect(socket.fd).toBe(-1);
    expect(() => socket.sendTo(Buffer.from("x"), 1, to)).toThrow(EBADF);
    expect(() => socket.recvFrom(new Uint8Array(1), to)).toThrow(EBADF);
    expect(() => socket.tryRecvFrom(new Uint8Array(1), to)).toThrow(EBADF);
  });

  test("a closed Epoll adds nothing to another one", () => {
    const closed = new Epoll();
    closed.close();
    const other = kept(new Epoll());
    const [near] = pair();
    for (const call of [
      () => closed.add(near.fd, EPOLLIN),
      () => closed.modify(near.fd, EPOLLIN),
      () => closed.delete(near.fd),
      () => closed.wait(0),
      () => closed.fd(0),
      () => closed.events(0),
    ])
      expect(call).toThrow(EBADF);
    closed.close();
    expect(other.wait(0)).toBe(0);
  });
});

describe("a descriptor has one owner", () => {
  test("detach hands it on: the object is closed, the connection is not", () => {
    const [near, far] = pair();
    const fd = near.detach();
    expect(near.fd).toBe(-1);
    near.close();
    const wrapped = kept(Socket.fromFd(fd));
    wrapped.sendAll(Buffer.from("x"));
    expect(far.recv(new Uint8Array(9))).toBe(1);
  });

  test("fromFd takes it over: what had it in this thread is closed", () => {
    const [near, far] = pair();
    const wrapped = kept(Socket.fromFd(near.fd));
    expect(near.fd).toBe(-1);
    near.close();
    wrapped.sendAll(Buffer.from("x"));
    expect(far.recv(new Uint8Array(9))).toBe(1);
  });

  test("duplicateOf has one of its own: closing either leaves the other", () => {
    const [near, far] = pair();
    const copy = kept(Socket.duplicateOf(near.fd));
    expect(copy.fd).not.toBe(near.fd);
    near.close();
    copy.sendAll(Buffer.from("x"));
    expect(far.recv(new Uint8Array(9))).toBe(1);
  });

  test("using closes it at the end of its block", () => {
    const [near, far] = pair();
    near[Symbol.dispose]();
    expect(far.recv(new Uint8Array(1))).toBe(0);
    const epoll = new Epoll();
    epoll[Symbol.dispose]();
    expect(() => epoll.wait(0)).toThrow(EBADF);
  });
});

const index = JSON.stringify(new URL("../dist/index.js", import.meta.url).href);
/** What a program of its own prints, on stdout and on stderr. */
const outputOf = async (program: string) => {
  const text = `import * as P from ${index}; import { readdirSync } from "node:fs"; import { Worker } from "node:worker_threads";
    const listener = P.Socket.listen({ host: "127.0.0.1", port: 0, backlog: 64 }); const to = listener.address();
    const pair = () => [P.Socket.connect(to), listener.accept()]; const open = () => readdirSync("/proc/self/fd").length;
    ${program}`;
  return promisify(execFile)(process.execPath, ["--expose-gc", "--input-type=module", "-e", text], {
    timeout: 180_000,
  });
};

/** A program that starts a worker, which has this package as P, and then goes on. */
const inWorker = (inside: string, outside: string) =>
  `const worker = new Worker(${JSON.stringify(`import(${index}).then((P) => { ${inside} })`)}, { eval: true, execArgv: [] });
   ${outside}`;

describe("what was forgotten", { timeout: 180_000 }, () => {
  test("is closed once it is garbage, and one warning says so", async () => {
    const { stdout, stderr } = await outputOf(`
      const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
      pair(); await pause(); gc(); await pause(); // what Node itself opens for that is open from now on
      const before = open();
      for (let i = 0; i < 100; i++) { pair(); P.UdpSocket.bound({ host: "127.0.0.1", port: 0 }); new P.Epoll(); }
      for (let i = 0; i < 3; i++) try { new P.IoUring(); } catch {}
      for (let i = 0; i < 1000 && open() > before; i++) { gc(); await pause(); }
      console.log(open() - before);`);
    expect(Number(stdout)).toBeLessThanOrEqual(0);
    expect(stderr.match(/\[ECHOLAB_FORGOTTEN\]/g)).toHaveLength(1);
  });

  test("is not what was closed, handed on, or is still used: no warning", async () => {
    const { stdout, stderr } = await outputOf(`
      const used = []; let handedOn;
      for (let i = 0; i < 50; i++) { const [near, far] = pair(); await null; if (i === 0) used.push(near, far); else { near.close(); far.close(); } }
      { const [near, far] = pair(); used.push(far); await new Promise((resolve) => setTimeout(resolve, 10)); handedOn = near.detach(); }
      for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
      const again = P.Socket.fromFd(handedOn); again.sendAll(Buffer.from("x")); used[0].sendAll(Buffer.from("y"));
      console.log(used[2].recv(new Uint8Array(2)) + used[1].recv(new Uint8Array(2)));`);
    expect(stdout.trim()).toBe("2");
    expect(stderr).toBe("");
  });

  test("by a worker is closed when it ends, by itself or by an error", async () => {
    const { stdout } = await outputOf(
      `
      const ended = async (end) => {
        const text = \`import(P_URL).then((P) => { globalThis.kept = [P.Socket.listen({ host: "127.0.0.1", port: 0, backlog: 1 }), new P.Epoll()]; \${end} })\`;
        await new Promise((resolve) => new Worker(text, { eval: true }).once("error", () => {}).once("exit", resolve));
      };
      await ended(""); const before = open();
      for (let i = 0; i < 5; i++) { await ended(""); await ended("throw new Error('an end')"); await ended("process.exit(0)"); }
      console.log(open() - before);`.replace("P_URL", index),
    );
    expect(Number(stdout)).toBeLessThanOrEqual(0);
  });
});

describe("a worker that ends", { timeout: 180_000 }, () => {
  test("closes each descriptor once: not again what is another's by then", async () => {
    const { stdout } = await outputOf(
      inWorker(
        `const listen = () => P.Socket.listen({ host: "127.0.0.1", port: 0, backlog: 1 });
         const { fstatSync, openSync, writeSync } = require("node:fs"); const socket = listen(); const { fd } = socket;
         process.on("exit", () => {
           const next = openSync("/dev/null"); // as another thread may open it
           socket.close();
           writeSync(1, [next === fd, fstatSync(next).isCharacterDevice()].join(" "));
         });`,
        `await new Promise((resolve) => worker.once("exit", resolve));`,
      ),
    );
    expect(stdout).toBe("true true");
  });

  test.each([
    ["process.exit", "process.exit(7)", "process.exit(await ended)"],
    ["process.exit of the main thread", "", "process.exit(7)"],
    ["worker.terminate", "", "await worker.terminate(); process.exit(7)"],
  ])("is not held up by an acceptAsync: %s", async (_, end, endMain) => {
    const program = inWorker(
      `const { parentPort } = require("node:worker_threads");
       P.Socket.listen({ host: "127.0.0.1", port: 0, backlog: 1 }).acceptAsync().catch(() => {});
       setTimeout(() => { parentPort.postMessage("waits"); ${end} }, 50);`,
      `const ended = new Promise((resolve) => worker.once("exit", resolve));
       await new Promise((resolve) => worker.once("message", resolve)); ${endMain};`,
    );
    await expect(outputOf(program)).rejects.toMatchObject({ code: 7 }); // it would hang for ever
  });
});

describe("an acceptAsync that is pending", { timeout: 180_000 }, () => {
  test.each([
    ["process.exit", "setTimeout(() => process.exit(7), 50)", 7],
    ["an error", "setTimeout(() => { throw new Error('an end'); }, 50)", 1],
    ["nothing else to do, once its listener is closed", "setTimeout(() => listener.close(), 50)", 0],
  ])("does not hold up %s", async (_, end, code) => {
    const program = `listener.acceptAsync().catch((error) => console.log(error.code)); ${end};`;
    const result = await outputOf(program).then(
      (output) => ({ ...output, code: 0 }),
      (error) => error,
    );
    expect(result.code).toBe(code);
    if (code === 0) expect(result.stdout).toBe("EBADF\n");
  });

  test("rejects when its listener is closed or handed on, and leaves no descriptor", async () => {
    const before = readdirSync("/proc/self/fd").length;
    for (const end of ["close", "detach"] as const) {
      const listener = Socket.listen({ ...LOOPBACK, backlog: 1 });
      const accepted = listener.acceptAsync();
      const fd = listener[end]();
      await expect(accepted).rejects.toEqual(EBADF);
      if (fd !== undefined) Socket.fromFd(fd).close();
    }
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before);
  });
});
