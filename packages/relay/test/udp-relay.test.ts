import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UdpRelay, type UdpRelayOptions } from "../src/index.ts";

let server: Socket;
let client: Socket;
let relay: UdpRelay;

beforeEach(async () => {
  server = createSocket("udp4", (datagram, { address, port }) => server.send(datagram, port, address));
  client = createSocket("udp4");
  for (const socket of [server, client]) {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
  }
});
afterEach(() => {
  for (const socket of [server, client, relay]) socket.close();
});

const COUNT = 200;

/** Sends numbered datagrams, one after the other, and gives back the numbers that came, in their order. */
async function through(options: UdpRelayOptions): Promise<number[]> {
  relay = await UdpRelay.listen({ host: "127.0.0.1", port: server.address().port }, options);
  const came: number[] = [];
  client.removeAllListeners("message").on("message", (datagram) => came.push(datagram.readUInt16BE()));
  for (let number = 0; number < COUNT; number += 1) {
    const datagram = Buffer.alloc(64);
    datagram.writeUInt16BE(number);
    client.send(datagram, relay.port, relay.host);
    await new Promise(setImmediate); // so that the sockets' buffers, which lose datagrams too, are never full
  }
  // Over once nothing more has come for a while: for long, where some of them are lost or late.
  for (let before = -1; before < came.length; ) {
    before = came.length;
    await new Promise((resolve) => setTimeout(resolve, came.length < COUNT ? 1500 : 200));
  }
  return came;
}

const inOrder = (numbers: readonly number[]) => numbers.every((number, i) => i === 0 || number >= numbers[i - 1]!);
const everyOne = Array.from({ length: COUNT }, (_, number) => number);

test("without toxics, everything passes, once, and in order", async () => {
  expect(await through({})).toEqual(everyOne);
});

test("loses what it is asked to lose, in both directions", async () => {
  const came = await through({ up: { loss: 0.1 }, down: { loss: 0.1 } });
  expect(new Set(came).size).toBe(came.length);
  expect(inOrder(came)).toBe(true);
  expect(came.length).toBeGreaterThan(0.7 * COUNT);
  expect(came.length).toBeLessThan(0.9 * COUNT);
});

test("duplicates what it is asked to duplicate", async () => {
  const came = await through({ down: { duplicate: 0.1 } });
  expect([...new Set(came)]).toEqual(everyOne);
  expect(came.length).toBeGreaterThan(1.03 * COUNT);
  expect(came.length).toBeLessThan(1.2 * COUNT);
});

test("lets one overtake another, and loses none by it", async () => {
  const came = await through({ up: { reorder: 0.1 } });
  expect(inOrder(came)).toBe(false);
  expect([...came].sort((a, b) => a - b)).toEqual(everyOne);
});

test("a jitter lets them overtake one another", async () => {
  const came = await through({ up: { latency: 5, jitter: 5 } });
  expect(inOrder(came)).toBe(false);
  expect([...came].sort((a, b) => a - b)).toEqual(everyOne);
});

test("the same seed loses the same ones, another seed others", async () => {
  const first = await through({ up: { loss: 0.2 }, seed: 7 });
  relay.close();
  const second = await through({ up: { loss: 0.2 }, seed: 7 });
  relay.close();
  const third = await through({ up: { loss: 0.2 }, seed: 8 });
  expect(second).toEqual(first);
  expect(third).not.toEqual(first);
});
