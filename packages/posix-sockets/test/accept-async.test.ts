import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SocketError } from "../src/errors.ts";
import { Socket } from "../src/socket.ts";

describe("acceptAsync", () => {
  let listener: Socket;
  let clients: Socket[];
  const connect = () => clients[clients.push(Socket.connect(listener.address())) - 1]!;

  beforeEach(() => {
    clients = [];
    listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 });
  });
  afterEach(() => {
    for (const socket of [...clients, listener]) socket.close();
  });

  test("goes on with this thread while it waits for a client", async () => {
    const accepted = listener.acceptAsync();
    await new Promise((resolve) => setTimeout(resolve, 20)); // this thread is not blocked
    const client = connect();
    const socket = await accepted;
    clients.push(socket);
    client.sendAll(Buffer.from("hello"));
    const bytes = Buffer.alloc(5);
    expect(socket.recv(bytes)).toBe(5);
    expect(bytes.toString()).toBe("hello");
  });

  test("accepts in the order in which the clients have connected", async () => {
    for (const name of ["0", "1", "2", "3"]) connect().sendAll(Buffer.from(name));
    const order: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const socket = await listener.acceptAsync();
      clients.push(socket);
      const name = Buffer.alloc(1);
      socket.recv(name);
      order.push(name.toString());
    }
    expect(order).toEqual(["0", "1", "2", "3"]);
  });

  test("refuses a second one while the first is pending, and allows it afterwards", async () => {
    const first = listener.acceptAsync();
    await expect(listener.acceptAsync()).rejects.toThrow("one at a time");
    connect();
    clients.push(await first);
    connect();
    clients.push(await listener.acceptAsync());
  });

  test("is woken by shutdown, and rejects with EINVAL", async () => {
    const accepted = listener.acceptAsync();
    accepted.catch(() => {}); // it is looked at below
    await new Promise((resolve) => setTimeout(resolve, 20)); // time enough to be asleep, most often
    listener.shutdown("both");
    await expect(accepted).rejects.toBeInstanceOf(SocketError);
    await expect(accepted).rejects.toMatchObject({ code: "EINVAL", syscall: "accept" });
  });
});
