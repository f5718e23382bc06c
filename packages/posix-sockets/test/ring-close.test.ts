import { execFile } from "node:child_process";
import { fstatSync } from "node:fs";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IoUring } from "../src/io-uring.ts";
import { Socket } from "../src/socket.ts";
import { noRing } from "./no-ring.ts";

const EBADF = expect.objectContaining({ name: "SocketError", code: "EBADF" });
const LOOPBACK = { host: "127.0.0.1", port: 0 };

describe("a descriptor that a ring is asked to close", { timeout: 60_000 }, () => {
  beforeEach(({ skip }) => skip(noRing !== undefined, noRing));
  let ring: IoUring;
  const open: { close(): void }[] = [];
  const kept = <T extends { close(): void }>(each: T): T => {
    open.push(each);
    return each;
  };
  let listener: Socket;
  let near: Socket;
  let far: Socket;
  beforeEach(() => {
    ring = kept(new IoUring());
    listener = kept(Socket.listen({ ...LOOPBACK, backlog: 8 }));
    near = kept(Socket.connect(listener.address()));
    far = kept(listener.accept());
  });
  afterEach(() => {
    for (const each of open.splice(0).reverse()) each.close();
  });

  test("is not closed a second time, when it is the next client by then", () => {
    const { fd } = far;
    ring.closeFd(fd);
    ring.accept(listener.fd);
    expect(() => ring.closeFd(fd)).toThrow(EBADF);
    const next = kept(Socket.connect(listener.address()));
    expect(ring.enter(1)).toBe(1);
    expect(ring.result(0)).toBe(fd); // the kernel gives out the lowest number that is free
    kept(Socket.fromFd(fd)).sendAll(Buffer.from("x"));
    expect(next.recv(new Uint8Array(9))).toBe(1);
  });

  test("takes no other call, and has no new owner, until it is closed", () => {
    const { fd } = far;
    ring.closeFd(fd);
    for (const call of [
      () => ring.recv(fd),
      () => ring.send(fd, ring.takeBuffer(), 0, 1),
      () => ring.poll(fd, 1),
      () => Socket.fromFd(fd),
      () => Socket.duplicateOf(fd),
    ])
      expect(call).toThrow(EBADF);
    ring.enter(0);
    expect(near.recv(new Uint8Array(1))).toBe(0);
  });

  test("is closed when the ring is closed before it was entered", () => {
    const { fd } = far;
    ring.closeFd(fd);
    ring.close();
    expect(near.recv(new Uint8Array(1))).toBe(0);
    expect(() => fstatSync(fd)).toThrow("EBADF");
  });
});

const index = JSON.stringify(new URL("../dist/index.js", import.meta.url).href);
/** What a program of its own prints. Before it loads the package, `faults` may stand between that and the kernel. */
async function outputOf(program: string, faults = ""): Promise<string> {
  const text = `${faults}; const { IoUring, Socket } = await import(${index}); const ring = new IoUring();
    const listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 });
    const near = Socket.connect(listener.address()); const far = listener.accept(); ${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", text], {
    timeout: 60_000,
  });
  return stdout;
}

describe("a ring", { timeout: 60_000 }, () => {
  beforeEach(({ skip }) => skip(noRing !== undefined, noRing));

  test("gives back its own memory and no other, whatever its array says of itself", async () => {
    const lies = ["byteLength", "length", "byteOffset", "buffer"].map(
      (name) => `Object.defineProperty(ring.memory, ${JSON.stringify(name)}, { value: 2 ** 46 });`,
    );
    const stdout = await outputOf(`const { memory } = ring; ${lies.join("")} ring.close();
      new IoUring(); console.log(memory[0]);`); // the next ring has the same memory
    expect(stdout).toBe("undefined\n");
  });

  test("leaves buffers and sockets as they are where the kernel takes no more (EBUSY)", async () => {
    const stdout = await outputOf(
      `const buffer = ring.takeBuffer();
       for (let i = 0; i < 1024; i++) ring.poll(listener.fd, 1);
       isBusy = true;
       const codeOf = (call) => { try { call(); return "none"; } catch ({ code }) { return code; } };
       const codes = [codeOf(() => ring.send(far.fd, buffer, 0, 1)), codeOf(() => ring.closeFd(far.fd))];
       isBusy = false;
       ring.send(far.fd, buffer, 0, 1); ring.enter(1);
       ring.give(buffer);
       console.log(...codes, far.fd > 0, near.recv(new Uint8Array(9)));`,
      `let isBusy = false; globalThis[Symbol.for("posix-sockets.calls")] = (real) => ({
         ...real, io_uring_enter: (...words) => isBusy ? -1 : real.io_uring_enter(...words),
         errno: () => isBusy ? 16 : real.errno() })`,
    );
    expect(stdout).toBe("EBUSY EBUSY true 1\n");
  });
});
