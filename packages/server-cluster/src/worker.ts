// One core's event loop: it serves whom it is given, or listens for itself.
import { createServer, type Socket } from "node:net";
import type { ListenOptions } from "@echolab/posix-sockets";

let clients = 0;

function take(client: Socket, left: () => void): void {
  clients += 1;
  client.once("close", () => {
    clients -= 1;
    left();
  });
  client.allowHalfOpen = true; // the client's FIN is not ours
  client.on("error", () => client.destroy());
  client.pipe(client);
}

process.on("message", async (message: "client" | (ListenOptions & { places: number }), client?: Socket) => {
  if (message === "client") {
    if (client) take(client, () => process.send!("left"));
    else process.send!("left"); // it has gone on its way here
    return;
  }
  const { Socket } = await import("@echolab/posix-sockets");
  const listener = Socket.listen(message);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    if (clients === message.places)
      client.destroy(); // there is no queue
    else take(client, () => {});
  });
  const address = listener.address();
  server.listen({ fd: listener.detach(), backlog: message.backlog }, () => process.send!(address));
});
process.once("disconnect", () => process.exit()); // no worker outlives the first process
