import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { MORE_THAN_BUFFERS, SMALL_BUFFER } from "../src/kernel-queues.ts";
import { MiB } from "../src/sizes.ts";
import { requireStopped } from "../src/standstill.ts";
import { TestClient } from "../src/test-client.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A client with a small buffer of a server that does this with each of its own. */
async function clientOf(serve: (client: Socket) => void): Promise<TestClient> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.push({ close: () => client.destroy() });
    client.on("error", () => {});
    serve(client);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = await TestClient.open({ host: "127.0.0.1", port }, 10_000, { receiveBuffer: SMALL_BUFFER });
  open.push(client);
  return client;
}

test("a server that receives only when it owes nothing stops, with few bytes in its hands", async () => {
  const client = await clientOf((each) => each.pipe(each));
  const still = await client.offer(4 * MORE_THAN_BUFFERS, 30_000);
  expect(still.reached).toBe(true);
  expect(still.inHand).toBeLessThan(MiB);
  expect(() => requireStopped(still)).not.toThrow();
});

test("what a server keeps for a client that reads nothing is counted, also after it has taken all", async () => {
  const client = await clientOf((each) => each.on("data", (bytes) => each.write(bytes)));
  const still = await client.offer(MORE_THAN_BUFFERS + 40 * MiB, 30_000);
  expect(still.inHand).toBeGreaterThan(36 * MiB);
  expect(() => requireStopped(still)).toThrow(/required: at most 32 MiB kept .*; came: \d+\.\d MiB are in its hands/);
});

test("a server that takes bytes for ever, but slowly, does not pass for one that has stopped", async () => {
  const client = await clientOf((each) => {
    each.pause();
    const timer = setInterval(() => each.read(), 20); // and sends nothing back
    each.once("close", () => clearInterval(timer));
  });
  const still = await client.offer(64 * MiB, 1500);
  expect(still.reached).toBe(false);
  expect(still.inHand).toBeGreaterThan(0);
  expect(() => requireStopped({ reached: false, inHand: 2 * MiB })).toThrow(/stops taking bytes .* and it takes more/);
  expect(() => requireStopped({ reached: false, inHand: MiB / 2 })).not.toThrow(); // slow, and it keeps little
});

test("a client of which nothing is held back sends and reads at the same time, through a small buffer", async () => {
  const client = await clientOf((each) => each.pipe(each));
  await client.stream({ seed: 1, length: 4 * MiB, fin: true });
  await client.expectFin();
});

test("a refused connect is the server's, also with a small buffer", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  for (const options of [{}, { receiveBuffer: SMALL_BUFFER }])
    await expect(TestClient.open({ host: "127.0.0.1", port }, 1000, options)).rejects.toThrow(/refused or reset/);
});
