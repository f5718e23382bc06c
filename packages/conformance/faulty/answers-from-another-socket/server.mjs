// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import { createSocket } from "node:dgram";

const ANSWERS = 500; // a second to one peer, and no more: two servers must not answer each other for ever
const answers = new Map();
setInterval(() => answers.clear(), 1000);

const [host, port] = process.argv.slice(2);
const ear = createSocket("udp4");
const mouth = createSocket("udp4");
ear.on("message", (datagram, peer) => {
  const key = `${peer.address}:${peer.port}`;
  answers.set(key, (answers.get(key) ?? 0) + 1);
  if (peer.port === ear.address().port || peer.port < 1024 || answers.get(key) > ANSWERS) return;
  mouth.send(datagram, peer.port, peer.address);
});
ear.bind(Number(port), host, () => console.log(`listening on ${host}:${ear.address().port}`));
