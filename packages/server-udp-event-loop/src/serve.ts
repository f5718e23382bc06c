// UDP in the event loop: a callback for every datagram, whoever sends it. There are no clients to serve.
// Mechanism: node:dgram over libuv, which sleeps in epoll_wait and then receives what has come, up to 32 at a time.
// Cost: layers between the kernel and the callback; an answer that has to wait is kept in memory.
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { LoopGuard, type Serve } from "@echolab/protocol-core";

export const serve: Serve = ({ host, port }, listening) => {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");

  return new Promise((_, reject) => {
    socket.on("error", reject);
    socket.bind({ address: host, port }, () => {
      const { address, port } = socket.address();
      listening({ host: address, port });
      const guard = new LoopGuard(port);

      // #region serve
      socket.on("message", (datagram, { address: host, port }) => {
        const lost = () => {}; // no way to this peer: his answer is lost, and that is all
        if (guard.mayAnswer({ host, port })) socket.send(datagram, port, host, lost);
      });
      // #endregion
    });
  });
};
