// The mistake: it never answers itself, but somebody else may answer as well: then neither of them ends.
// Found by case U7: a client sends each answer back, and is answered thousands of times a second.
import { createSocket } from "node:dgram";

const [host, port] = process.argv.slice(2);
const server = createSocket("udp4");
server.on("message", (datagram, peer) => {
  if (peer.port === server.address().port || peer.port < 1024) return; // a server's port, not a client's
  server.send(datagram, peer.port, peer.address);
});
server.bind(Number(port), host, () => console.log(`listening on ${host}:${server.address().port}`));
