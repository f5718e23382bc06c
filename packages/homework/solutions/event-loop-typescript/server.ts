// Event loop: one thread waits for all clients at once, and calls back whoever has something.
// Mechanism: node:net over libuv, which sleeps in one epoll_wait for every socket of the process.
// Cost: layers between the kernel and the callback; and one callback that computes makes all clients wait.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

async function main(): Promise<void> {
  serve(await openListener(process.argv.slice(2)));
}

async function openListener([host = "", port = "", ...more]: string[]): Promise<Server> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535 || more.length > 0) {
    console.error("usage: server HOST PORT, an IPv4 address and a port from 0 to 65535");
    process.exit(2);
  }
  try {
    // Half-open: the client's FIN is not ours. Reuse of the address is Node's default.
    const listener = createServer({ noDelay: true, allowHalfOpen: true });
    listener.listen({ host, port: Number(port), backlog: 4096 });
    await once(listener, "listening");
    console.log(`listening on ${host}:${(listener.address() as AddressInfo).port}`);
    return listener;
  } catch (error) {
    console.error(`server: ${(error as Error).message}`);
    process.exit(1);
  }
}

function serve(listener: Server): void {
  listener.on("connection", echo); // when descriptors run out, libuv accepts and closes: that client is turned away
}

function echo(client: Socket): void {
  client.on("error", () => client.destroy()); // without a handler, one client's reset would end the server
  client.pipe(client); // stops receiving while the client does not read, and answers its FIN when all is sent back
}

main();
