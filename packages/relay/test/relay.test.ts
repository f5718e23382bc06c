import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Relay, type RelayOptions } from "../src/index.ts";

let server: Server;
let relay: Relay;
let clients: Socket[];
/** The end of each, which may come before a test looks for it. */
const over = new WeakMap<Socket, Promise<unknown>>();

beforeEach(async () => {
  clients = [];
  server = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  for (const client of clients) client.destroy();
  relay?.close();
  server.close();
});

async function through(options: RelayOptions): Promise<Socket> {
  relay = await Relay.listen({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, options);
  const client = connect({ host: relay.host, port: relay.port, allowHalfOpen: true, noDelay: true });
  client.on("error", () => {});
  clients.push(client);
  over.set(
    client,
    Promise.race([once(client, "close"), once(client, "end")]).catch(() => {}),
  );
  await once(client, "connect");
  return client;
}

/** Sends, half-closes, and gives back all that came, and how it ended. */
async function exchange(client: Socket, bytes: Buffer): Promise<{ back: Buffer; chunks: number; took: number }> {
  const chunks: Buffer[] = [];
  client.on("data", (chunk) => chunks.push(chunk));
  const before = performance.now();
  client.end(bytes);
  await over.get(client);
  return { back: Buffer.concat(chunks), chunks: chunks.length, took: performance.now() - before };
}

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));

describe("what passes is what was sent", () => {
  test.each<[string, RelayOptions]>([
    ["without toxics", {}],
    ["with latency and jitter", { up: { latency: 5, jitter: 5 }, down: { latency: 5, jitter: 5 } }],
    ["cut into pieces", { up: { slicer: { bytes: 10_000, delay: 1 } } }],
    ["at a bandwidth", { down: { bandwidth: 2_000_000 } }],
    ["with a FIN that is late", { up: { slowClose: 50 }, down: { slowClose: 50 } }],
  ])("%s", async (_, options) => {
    const { back } = await exchange(await through(options), bytes);
    expect(back.equals(bytes)).toBe(true);
  });
});

// One-sided: a machine may always be slower.
test("latency delays both ways, and a late FIN is late", async () => {
  const { took } = await exchange(
    await through({ up: { latency: 60 }, down: { latency: 60, slowClose: 60 } }),
    bytes.subarray(0, 10),
  );
  expect(took).toBeGreaterThan(175);
});

test("a bandwidth is kept", async () => {
  const { took } = await exchange(await through({ down: { bandwidth: 1_000_000 } }), bytes);
  expect(took).toBeGreaterThan(150);
});

test("the slicer makes small pieces of a large one", async () => {
  const { chunks } = await exchange(
    await through({ down: { slicer: { bytes: 100, delay: 2 } } }),
    bytes.subarray(0, 1000),
  );
  expect(chunks).toBeGreaterThan(3);
});

test("a limit lets so many bytes pass, and cuts the connection", async () => {
  const { back } = await exchange(await through({ down: { limit: 1000 } }), bytes);
  expect(back.length).toBeLessThanOrEqual(1000);
});

test("a timeout lets nothing pass, and then cuts the connection", async () => {
  const before = performance.now(); // its time begins when the client connects
  const { back } = await exchange(await through({ down: { timeout: 100 } }), bytes.subarray(0, 10));
  expect(back.length).toBe(0);
  expect(performance.now() - before).toBeGreaterThan(95);
});

test("a reset is one, and comes when it should", async () => {
  const before = performance.now();
  const client = await through({ up: { reset: 50 } });
  client.resume();
  await over.get(client);
  expect(client.errored).toMatchObject({ code: "ECONNRESET" });
  expect(performance.now() - before).toBeGreaterThan(30);
});
