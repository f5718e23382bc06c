import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { GeneratorProcess, topology } from "@echolab/benchmarks";
import { afterEach, describe, expect, test } from "vitest";
import { cell, talkers } from "../src/cell.ts";
import { DatagramTarget } from "../src/datagram-target.ts";
import type { OpenWindow } from "../src/generator-protocol.ts";
import { type Answering, VirtualDatagrams } from "./virtual-datagrams.ts";

const WARM_UP = { op: "warm-up", target: "t", places: 2, nobodyNew: 2000, milliseconds: 0, messages: 0 } as const;
const WINDOW: OpenWindow = { op: "window", target: "t", milliseconds: 300, poll: "blocking", arrivals: null };
/** The time on its way, both ways together. */
const MS = 0.5;
const isOneIn = (n: number, number: number) => number % n === n - 1;

/** What is counted of a network that loses, doubles and reorders as it is told, in a time of its own. */
function windowOf(answering: Answering, { clients = 2, depth = 1 } = {}) {
  const server = { host: "127.0.0.1", port: 7, target: "t", op: "connect", protocol: "udp" } as const;
  const target = new DatagramTarget(
    { ...server, load: talkers(cell(clients, { depth })) },
    1,
    new VirtualDatagrams(answering),
  );
  return target.window(WINDOW);
}

describe("the load generator, in a network that does as it is told", () => {
  test("finds nothing missing where nothing is", () => {
    const report = windowOf(() => [MS], { depth: 4 });
    expect(report).toMatchObject({ offered: 2, served: 2, unanswered: 0 });
    expect(report.datagrams).toEqual({ lost: 0, duplicates: 0, reordered: 0 });
    expect(report.repliesInAll).toBe((2 * 4 * WINDOW.milliseconds) / MS);
    expect(report.bytes).toBe(64 * report.repliesInAll);
  });

  test("counts each datagram that is lost, and goes on without it", () => {
    let lost = 0;
    const report = windowOf((number) => {
      if (!isOneIn(10, number)) return [MS];
      lost += 1;
      return [];
    });
    expect(lost).toBe(2 * 2); // each holds its client up for 200 ms
    expect(report).toMatchObject({ served: 2, unanswered: lost, datagrams: { lost, duplicates: 0 } });
    expect(report.censoredFrom).toBeGreaterThanOrEqual(200);
  });

  test("takes nothing for lost that comes after all, within the window", () => {
    const report = windowOf((number) => [number === 10 ? 250 : MS]);
    expect(report).toMatchObject({ unanswered: 0, datagrams: { lost: 0, duplicates: 0 } });
  });

  test("counts each answer that comes twice", () => {
    let doubled = 0;
    const report = windowOf((number) => {
      if (!isOneIn(5, number)) return [MS];
      doubled += 1;
      return [MS, MS];
    });
    expect(doubled).toBe(2 * (WINDOW.milliseconds / MS / 5));
    expect(report.datagrams).toEqual({ lost: 0, duplicates: doubled, reordered: 0 });
  });

  test("counts each answer that another one has overtaken", () => {
    const arrivals: { number: number; at: number }[] = [];
    const report = windowOf(
      (number, now) => {
        const after = isOneIn(6, number) ? 1.5 * MS : MS;
        arrivals.push({ number, at: now + after });
        return [after];
      },
      { clients: 1, depth: 4 },
    );
    let latest = -1;
    let overtaken = 0;
    for (const { number } of arrivals.sort((a, b) => a.at - b.at)) {
      if (number < latest) overtaken += 1;
      latest = Math.max(latest, number);
    }
    expect(overtaken).toBeGreaterThan(100);
    expect(report.datagrams).toEqual({ lost: 0, duplicates: 0, reordered: overtaken });
  });

  test("comes from another port before a server that guards against loops would stop to answer", () => {
    const report = windowOf((number) => (number < 5000 ? [0.01] : []), { clients: 1 });
    expect(report).toMatchObject({ unanswered: 0, datagrams: { lost: 0 } });
    expect(report.repliesInAll).toBeGreaterThan(5 * 5000);
  });
});

// The kernel's own sockets, and a server in this process.
describe("the load generator over UDP", { timeout: 180_000 }, () => {
  let server: Socket;
  let generator: GeneratorProcess;
  afterEach(() => {
    generator?.stop();
    server?.close();
  });

  /** @param answer what comes back for a datagram */
  async function against(answer: (datagram: Buffer) => Buffer, bytes = 64): Promise<GeneratorProcess> {
    server = createSocket("udp4", (datagram, { address, port }: RemoteInfo) =>
      server.send(answer(datagram), port, address),
    );
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    generator = new GeneratorProcess(topology("free").generator, 1);
    const { port } = server.address();
    const load = talkers(cell(2, { depth: 4, bytes }));
    await generator.ask({ op: "connect", target: "t", protocol: "udp", host: "127.0.0.1", port, load });
    return generator;
  }

  test("asks, compares what comes back, and asks again", async () => {
    const generator = await against((datagram) => datagram);
    expect(await generator.ask(WARM_UP)).toEqual({ served: 2 });
    const report = await generator.ask(WINDOW);
    expect(report).toMatchObject({ offered: 2, served: 2 });
    expect(report.replies).toBeGreaterThan(2 * 4); // more than what leaves at the beginning
  });

  test("accepts no datagram that was not sent", async () => {
    const spoil = (datagram: Buffer) => Buffer.from(datagram.map((byte, i) => (i === 40 ? byte ^ 1 : byte)));
    const generator = await against(spoil);
    await expect(generator.ask(WARM_UP)).rejects.toThrow("another datagram came back");
  });

  test("says that a datagram is too short for its number", async () => {
    await expect(against((datagram) => datagram, 3)).rejects.toThrow("a datagram needs 4 bytes for its number");
  });
});
