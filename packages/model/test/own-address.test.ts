import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { ServerProcess } from "../src/server-process.ts";
import { shellServer } from "./shell-server.ts";

/** How the start of a server fails that is this script. */
async function failure(script: string): Promise<string> {
  try {
    await (await ServerProcess.start(shellServer(script))).stop();
    return "it started";
  } catch (error) {
    return (error as Error).message;
  }
}
const names = (address: string) => failure(`echo listening on ${address}; exec sleep 60`);

describe("a ready line is not believed", { timeout: 180_000 }, () => {
  test("where it names the address of another program, and no client goes there", async () => {
    let clients = 0;
    const other = createServer(() => {
      clients += 1;
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    try {
      const { port } = other.address() as { port: number };
      const why = `shell never started: its ready line names 127.0.0.1:${port}, where another program listens`;
      expect(await names(`127.0.0.1:${port}`)).toBe(why);
      expect(clients).toBe(0);
    } finally {
      other.close();
    }
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["0.0.0.0", "127.0.0.1"],
    ["127.0.0.1", "0.0.0.0"],
  ])("where another program at %s is nearer to %s than its own socket at ::", async (there, named) => {
    const other = createServer().listen(0, there);
    await once(other, "listening");
    try {
      const { port } = other.address() as { port: number };
      const program = `require("net").createServer().listen({ host: "::", port: ${port}, ipv6Only: true },
        () => console.log("listening on ${named}:${port}"))`;
      expect(await failure(`exec '${process.execPath}' -e '${program}'`)).toBe(
        `shell never started: its ready line names ${named}:${port}, where another program listens`,
      );
    } finally {
      other.close();
    }
  });

  test.each(["10.0.0.1:80", "[2001:db8::1]:80", "example.org:80", "127.0.0.1.example.org:80", "127.1:80"])(
    "where it names what is not on loopback: %s",
    async (address) => {
      const why = `shell never started: its ready line names ${address}, which is not on loopback`;
      expect(await names(address)).toBe(why);
    },
  );

  test("where nothing listens", async () => {
    expect(await names("127.0.0.1:1")).toBe(
      "shell never started: its ready line names 127.0.0.1:1, where nothing listens",
    );
  });

  test("where it names the right port of another address", async () => {
    expect(await failure(`echo "listening on 127.0.0.2:\${READY##*:}"; exec sleep 60`)).toMatch(
      /its ready line names 127\.0\.0\.2:\d+, where nothing listens/,
    );
  });
});

test("a server at :: may name 127.0.0.1, where no other program listens", { timeout: 30_000 }, async () => {
  const program = `require("net").createServer().listen(0, "::",
    function () { console.log("listening on 127.0.0.1:" + this.address().port) })`;
  const server = await ServerProcess.start(shellServer(`exec '${process.execPath}' -e '${program}'`));
  await server.stop();
  expect(server.host).toBe("127.0.0.1");
});

test.each(["localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"])(
  "a ready line may call 127.0.0.1 %s",
  { timeout: 180_000 },
  async (host) => {
    const script = `echo "listening on ${host}:\${READY##*:}"; exec sleep 60`;
    const server = await ServerProcess.start(shellServer(script));
    await server.stop();
    expect(server.host).toBe("127.0.0.1");
  },
);
