// UDP, blocking: one thread waits for a datagram, whoever sends it, and sends it back. There are no clients to serve.
// Mechanism: recvfrom says who has sent it, sendto answers; no listen, no accept, no connection, and no end of one.
// Cost: nothing for a client, who is nobody before his datagram and after it; and no promise that any of it arrives.
import { PeerAddress, SocketError, UdpSocket } from "@echolab/posix-sockets";
import { LoopGuard, type Serve } from "@echolab/protocol-core";

export const serve: Serve = ({ host, port }, listening) => {
  const socket = UdpSocket.bound({ host, port });
  const address = socket.address();
  listening(address);
  const guard = new LoopGuard(address.port);
  const buffer = new Uint8Array(64 * 1024); // no datagram is larger
  const peer = new PeerAddress();

  // #region serve
  for (;;) {
    const length = socket.recvFrom(buffer, peer); // sleeps until anybody sends anything
    try {
      if (guard.mayAnswer(peer)) socket.sendTo(buffer, length, peer);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error; // no way to this peer: his answer is lost, and that is all
    }
  }
  // #endregion
};
