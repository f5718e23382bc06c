import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { GeneratorProcess } from "@echolab/benchmarks";
import { afterEach, describe, expect, test } from "vitest";
import { cell, talkers } from "../src/cell.ts";

// What the load generator counts of UDP, against servers in this process that lose, double and reorder as they are told.

let server: Socket;
let generator: GeneratorProcess;
afterEach(() => {
  generator?.stop();
  server?.close();
});

type Answer = (datagram: Buffer, send: (datagram: Buffer) => void, number: number) => void;

/** @param answer what the server does with each datagram; `number` counts those of its client */
async function against(answer: Answer, { clients = 2, depth = 1, bytes = 64 } = {}) {
  const came = new Map<number, number>();
  server = createSocket("udp4", (datagram, { address, port }: RemoteInfo) => {
    const number = came.get(port) ?? 0;
    came.set(port, number + 1);
    answer(datagram, (back) => server.send(back, port, address), number);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  generator = new GeneratorProcess("0-1", 1);
  const load = talkers(cell(clients, { depth, bytes }));
  const { port } = server.address();
  await generator.ask({ op: "connect", target: "t", protocol: "udp", host: "127.0.0.1", port, load });
  return generator;
}

const WARM_UP = { op: "warm-up", target: "t", places: 2, nobodyNew: 2000, milliseconds: 0, messages: 0 } as const;
const WINDOW = { op: "window", target: "t", milliseconds: 300, poll: "blocking", arrivals: null } as const;
/** A server that answers the n-th with nothing where `n` is a multiple of this would never answer the first. */
const isOneIn = (n: number, number: number) => number % n === n - 1;

// The server is in this process: where that is held up for 200 ms at the end of a window, its last answers count as lost.
describe("the load generator over UDP", { timeout: 20_000, retry: 2 }, () => {
  test("counts what comes back, and finds nothing missing where nothing is", async () => {
    const generator = await against((datagram, send) => send(datagram), { depth: 4 });
    expect(await generator.ask(WARM_UP)).toEqual({ served: 2 });
    const report = await generator.ask(WINDOW);
    expect(report).toMatchObject({ offered: 2, served: 2, unanswered: 0 });
    expect(report.datagrams).toEqual({ lost: 0, duplicates: 0, reordered: 0 });
    expect(report.replies).toBeGreaterThan(20);
    expect(report.bytes).toBe(64 * report.repliesInAll);
  });

  test("counts each datagram that is lost, and goes on without it", async () => {
    let swallowed = 0;
    const generator = await against((datagram, send, number) => {
      if (number > 0 && isOneIn(10, number)) swallowed += 1;
      else send(datagram);
    });
    await generator.ask(WARM_UP);
    swallowed = 0;
    const report = await generator.ask({ ...WINDOW, milliseconds: 900 });
    expect(report.datagrams).toMatchObject({ lost: swallowed, duplicates: 0 });
    expect(swallowed).toBeGreaterThan(2);
    expect(report).toMatchObject({ served: 2, unanswered: swallowed });
    expect(report.censoredFrom).toBeGreaterThanOrEqual(200);
    expect(report.repliesInAll).toBeGreaterThan(20);
  });

  test("counts each answer that comes twice", async () => {
    let doubled = 0;
    const generator = await against((datagram, send, number) => {
      send(datagram);
      if (!isOneIn(5, number)) return;
      send(datagram);
      doubled += 1;
    });
    await generator.ask(WARM_UP);
    doubled = 0;
    const { datagrams } = await generator.ask(WINDOW);
    expect(datagrams!.lost).toBe(0);
    // The last ones' second answers may come when the window is over.
    expect(datagrams!.duplicates).toBeGreaterThanOrEqual(doubled - 2);
    expect(datagrams!.duplicates).toBeLessThanOrEqual(doubled);
    expect(doubled).toBeGreaterThan(2);
  });

  test("counts each answer that another one has overtaken", async () => {
    const held = new Map<string, Buffer>();
    let overtaken = 0;
    const generator = await against(
      (datagram, send, number) => {
        const earlier = held.get("one");
        if (isOneIn(6, number) && !earlier) held.set("one", datagram);
        else {
          send(datagram);
          if (!earlier) return;
          send(earlier);
          held.delete("one");
          overtaken += 1;
        }
      },
      { clients: 1, depth: 4 },
    );
    await generator.ask({ ...WARM_UP, places: 1 });
    overtaken = 0;
    const { datagrams } = await generator.ask(WINDOW);
    expect(datagrams).toMatchObject({ duplicates: 0 });
    expect(datagrams!.reordered).toBeGreaterThanOrEqual(overtaken - 1);
    expect(datagrams!.reordered).toBeLessThanOrEqual(overtaken);
    expect(overtaken).toBeGreaterThan(2);
  });

  test("comes from another port before a server that guards against loops would stop to answer", async () => {
    const generator = await against(
      (datagram, send, number) => {
        if (number < 5000) send(datagram);
      },
      { clients: 1, depth: 16 },
    );
    await generator.ask({ ...WARM_UP, places: 1, milliseconds: 60_000, messages: 6000 });
    const report = await generator.ask(WINDOW);
    expect(report.datagrams).toMatchObject({ lost: 0 });
    expect(report.replies).toBeGreaterThan(100);
  });

  test("accepts no datagram that was not sent", async () => {
    const generator = await against((datagram, send) =>
      send(Buffer.from(datagram.map((byte, i) => (i === 40 ? byte ^ 1 : byte)))),
    );
    await expect(generator.ask(WARM_UP)).rejects.toThrow("another datagram came back");
  });

  test("says that a datagram is too short for its number", async () => {
    await expect(against(() => {}, { bytes: 3 })).rejects.toThrow("a datagram needs 4 bytes for its number");
  });
});
