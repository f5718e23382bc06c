// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import { createSocket } from "node:dgram";

const [host, port] = process.argv.slice(2);
const server = createSocket("udp4");
server.on("message", (datagram, peer) => {
  if (peer.port === server.address().port || peer.port < 1024) return; // a server's port, not a client's
  server.send(datagram, peer.port, peer.address);
});
server.bind(Number(port), host, () => console.log(`listening on ${host}:${server.address().port}`));
