import { createServer, type Server, type Socket } from "node:net";
import { GeneratorProcess } from "@echolab/benchmarks";
import { afterEach, describe, expect, test } from "vitest";

// The generator's own measures, against servers in this process that do what they are told.

let server: Server | undefined;
let generator: GeneratorProcess | undefined;
afterEach(() => {
  generator?.stop();
  server?.close();
});

/** @param answer what the server does with what comes, and the number of the client */
async function against(answer: (data: Buffer, client: Socket, number: number) => void) {
  let clients = 0;
  server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const number = clients++;
    client.on("error", () => client.destroy());
    client.on("data", (data) => answer(data, client, number));
    client.on("end", () => client.end());
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  generator = new GeneratorProcess("0-1", 1);
  const { port } = server.address() as { port: number };
  return { generator, to: { target: "t", host: "127.0.0.1", port } };
}

const WARM_UP = { op: "warm-up", target: "t", places: 99, nobodyNew: 500, milliseconds: 0, messages: 0 } as const;
const LOOP = { op: "closed-loop", target: "t", milliseconds: 200, poll: "blocking" } as const;

describe("the load generator", { timeout: 20_000 }, () => {
  test("counts who is served, who is not, and how long they waited", async () => {
    const { generator, to } = await against((data, client, number) => number === 0 && client.write(data));
    await generator.ask({ op: "connect", ...to, clients: 5, bytes: 64 });
    expect(await generator.ask(WARM_UP)).toEqual({ served: 1 });
    const report = await generator.ask(LOOP);
    expect(report).toMatchObject({ offered: 5, served: 1, everServed: 1, unanswered: 4, effectiveClients: 1 });
    expect(report.longestWait).toBeGreaterThanOrEqual(700); // the warm-up's 500 ms, and the window's 200
    expect(report.replies).toBeGreaterThan(10);
  });

  test("does not count the time between two windows as waiting", async () => {
    const { generator, to } = await against(() => {});
    await generator.ask({ op: "connect", ...to, clients: 1, bytes: 64 });
    await generator.ask({ ...WARM_UP, nobodyNew: 0 });
    const first = await generator.ask(LOOP);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const second = await generator.ask(LOOP);
    expect(second.longestWait - first.longestWait).toBeLessThan(1500);
    expect(second.longestWait - first.longestWait).toBeGreaterThanOrEqual(200);
  });

  test("measures a delay that the server makes, one-sidedly", async () => {
    const { generator, to } = await against((data, client) => setTimeout(() => client.write(data), 20));
    await generator.ask({ op: "connect", ...to, clients: 3, bytes: 64 });
    await generator.ask(WARM_UP);
    const report = await generator.ask(LOOP);
    expect(report.longestWait).toBeGreaterThanOrEqual(19);
    expect(report.repliesInAll).toBeLessThanOrEqual(3 * (260 / 19));
  });

  test.each([
    ["a byte is wrong", (data: Buffer) => Buffer.from(data.map((byte, i) => (i === 40 ? byte ^ 1 : byte)))],
    ["a byte is too much", (data: Buffer) => Buffer.concat([data, Buffer.from("!")])],
    [
      "two bytes have changed places",
      (data: Buffer) => Buffer.concat([data.subarray(1, 2), data.subarray(0, 1), data.subarray(2)]),
    ],
  ])("accepts no answer in which %s", async (_, spoil) => {
    const { generator, to } = await against((data, client) => client.write(spoil(data)));
    await generator.ask({ op: "connect", ...to, clients: 1, bytes: 64 });
    await expect(generator.ask(WARM_UP)).rejects.toThrow(/wrong byte came back|more came back than were sent/);
  });

  test("says that the server closed a connection in use", async () => {
    const { generator, to } = await against((_, client) => client.end());
    await generator.ask({ op: "connect", ...to, clients: 1, bytes: 64 });
    await expect(generator.ask(WARM_UP)).rejects.toThrow("closed a connection that was in use");
  });

  test("sends and compares messages that are larger than any buffer", async () => {
    const { generator, to } = await against((data, client) => client.write(data));
    await generator.ask({ op: "connect", ...to, clients: 2, bytes: 262_144 });
    expect(await generator.ask(WARM_UP)).toEqual({ served: 2 });
    expect(await generator.ask(LOOP)).toMatchObject({ served: 2, unanswered: 0 });
  });

  test("gives everyone in a crowd all its turns, and counts the crowd's queue", async () => {
    const { generator, to } = await against((data, client) => client.write(data));
    const report = await generator.ask({
      op: "crowd",
      ...to,
      clients: 8,
      requests: 5,
      think: 10,
      bytes: 64,
      deadline: 10_000,
    });
    expect(report).toMatchObject({ offered: 8, served: 8, replies: 40, unanswered: 0 });
    expect(report.elapsed).toBeGreaterThanOrEqual(40); // four pauses
  });

  test("ends every client of a churn that it has begun", async () => {
    const { generator, to } = await against((data, client) => client.write(data));
    const report = await generator.ask({
      op: "churn",
      ...to,
      clients: 4,
      bytes: 64,
      milliseconds: 200,
      poll: "blocking",
    });
    expect(report.offered).toBeGreaterThanOrEqual(4);
    expect(report).toMatchObject({ served: report.offered, replies: report.offered, unanswered: 0 });
    await expect.poll(() => new Promise((resolve) => server!.getConnections((_, count) => resolve(count)))).toBe(0);
  });

  test("says that nobody listens", async () => {
    generator = new GeneratorProcess("0-1", 1);
    const nobody = { target: "t", host: "127.0.0.1", port: 1 };
    await expect(generator.ask({ op: "connect", ...nobody, clients: 1, bytes: 64 })).rejects.toThrow("ECONNREFUSED");
  });
});
