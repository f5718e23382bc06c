// The server that the UDP cases are tried on. It is short, and it is careful whom it answers.
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

const [host, port] = process.argv.slice(2);
/** Answers a second to one peer, and as many again that it has saved up. */
const RATE = 500;
/** Peers that are remembered; the one that was heard of least lately is forgotten first. */
const MOST_PEERS = 10_000;
const peers = new Map();

/** A bucket of tokens for each peer: one that sends our answers back runs dry. */
function mayAnswer(peer) {
  const now = performance.now();
  const { tokens, at } = peers.get(peer) ?? { tokens: 2 * RATE, at: now };
  peers.delete(peer);
  const left = Math.min(2 * RATE, tokens + ((now - at) * RATE) / 1000);
  peers.set(peer, { tokens: Math.max(0, left - 1), at: now });
  if (peers.size > MOST_PEERS) peers.delete(peers.keys().next().value);
  return left >= 1;
}

const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
socket.on("message", (datagram, from) => {
  // Another echo server, or one of the small services of old: each would answer our answer.
  if (from.port === socket.address().port || from.port < 1024) return;
  if (mayAnswer(`${from.address} ${from.port}`)) socket.send(datagram, from.port, from.address, () => {});
});
socket.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.bind({ address: host, port: Number(port) }, () => console.log(`listening on ${host}:${socket.address().port}`));
