// Event loop: one thread waits for all clients at once, and calls back whoever has something.
// Mechanism: node:net over libuv, which sleeps in one epoll_wait for every socket of the process.
// Cost: layers between the kernel and the callback; and one callback that computes makes all clients wait.
import { type AddressInfo, createServer } from "node:net";
import type { Serve } from "@echolab/protocol-core";

export const serve: Serve = ({ host, port, backlog, maxConnections }, listening) => {
  const server = createServer({ noDelay: true, allowHalfOpen: true }); // half-open: the client's FIN is not ours
  server.maxConnections = maxConnections; // one more is accepted and closed at once: there is no queue

  // #region serve
  server.on("connection", (client) => {
    client.on("error", () => client.destroy()); // without a handler, one client's reset would end the process
    client.pipe(client); // pauses reading while the client does not read, and passes its FIN on
  });
  // #endregion

  return new Promise((_, reject) => {
    server.on("error", reject);
    server.listen({ host, port, backlog }, () => {
      const { address, port } = server.address() as AddressInfo;
      listening({ host: address, port });
    });
  });
};
