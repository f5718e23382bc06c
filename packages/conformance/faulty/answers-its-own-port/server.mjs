// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import { createSocket } from "node:dgram";

const ANSWERS = 500; // a second to one peer, and no more: two servers must not answer each other for ever
const answers = new Map();
setInterval(() => answers.clear(), 1000);

const [host, port] = process.argv.slice(2);
const server = createSocket("udp4");
server.on("message", (datagram, peer) => {
  const own = server.address();
  if ((peer.address === own.address && peer.port === own.port) || peer.port < 1024) return;
  const key = `${peer.address}:${peer.port}`;
  answers.set(key, (answers.get(key) ?? 0) + 1);
  if (answers.get(key) <= ANSWERS) server.send(datagram, peer.port, peer.address);
});
server.bind(Number(port), host, () => console.log(`listening on ${host}:${server.address().port}`));
