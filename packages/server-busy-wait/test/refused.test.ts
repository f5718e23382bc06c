import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { findModel, ServerProcess } from "@echolab/model";
import { afterEach, expect, test, vi } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const EPERM = 1;

let server: ServerProcess | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
});

test("goes on when a firewall forbids 200 connections in a row (EPERM)", { timeout: 30_000 }, async () => {
  // Stands between the server and the kernel, in place of the firewall.
  const firewall = `let left = 200, isRefused = false; globalThis[Symbol.for("posix-sockets.calls")] = (real) => ({
    ...real,
    accept4: (...words) => (isRefused = left-- > 0) ? -1 : real.accept4(...words),
    errno: () => isRefused ? ${EPERM} : real.errno() });`;
  vi.stubEnv("NODE_OPTIONS", `--import=data:text/javascript,${encodeURIComponent(firewall)}`);
  server = await ServerProcess.start(findModel(folder, "/"));
  const { host, port } = server;
  const client = connect(port, host);
  try {
    client.write("hello");
    const [answer] = await once(client, "data");
    expect(String(answer)).toBe("hello");
  } finally {
    client.destroy();
  }
});
