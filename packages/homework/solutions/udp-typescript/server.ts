// UDP: one socket for everybody. There are no connections, and so nothing to accept, to close, or to wait for.
// Mechanism: node:dgram calls back with a datagram and its sender, and send answers.
// Cost: nothing says that a sender is who it says it is. So what is answered, and how often, is the server's business.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

const RATE = 200; // answers a second to one peer, in the long run
const BURST = 400; // and at once
const PEERS = 4096; // buckets of tokens; peers that share one share its tokens, so the table never grows
const tokens = new Float64Array(PEERS).fill(BURST);
const refilled = new Float64Array(PEERS); // milliseconds

async function main(): Promise<void> {
  serve(await openSocket(process.argv.slice(2)));
}

async function openSocket([host = "", port = "", ...more]: string[]): Promise<Socket> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535 || more.length > 0) {
    console.error("usage: server HOST PORT, an IPv4 address and a port from 0 to 65535");
    process.exit(2);
  }
  try {
    // No reuseAddr: UDP knows no TIME_WAIT, and with it a second server could take this one's port.
    const server = createSocket("udp4").bind(Number(port), host);
    await once(server, "listening");
    console.log(`listening on ${host}:${server.address().port}`);
    return server;
  } catch (error) {
    console.error(`server: ${(error as Error).message}`);
    process.exit(1);
  }
}

function serve(server: Socket): void {
  const ownPort = server.address().port;
  server.on("error", () => {}); // ECONNREFUSED: an earlier peer's affair; without a handler, it would end the server
  server.on("message", (datagram, peer) => {
    if (isSuspicious(peer, ownPort) || !hasToken(peer)) return;
    server.send(datagram, peer.port, peer.address, () => {}); // UDP may lose an answer
  });
}

/**
 * Another echo server, or a service that answers whatever it gets, would answer our answer, and so on for ever.
 * From 224 on stand multicast and broadcast: one answer would go to many.
 */
function isSuspicious({ address, port }: RemoteInfo, ownPort: number): boolean {
  return port === ownPort || port < 1024 || Number.parseInt(address, 10) >= 224;
}

/** A token bucket: whatever loop is left runs dry. */
function hasToken({ address, port }: RemoteInfo): boolean {
  const bucket = address.split(".").reduce((hash, part) => hash * 31 + Number(part), port) % PEERS;
  const now = performance.now();
  tokens[bucket] = Math.min(BURST, tokens[bucket] + ((now - refilled[bucket]) * RATE) / 1000);
  refilled[bucket] = now;
  if (tokens[bucket] < 1) return false;
  tokens[bucket] -= 1;
  return true;
}

main();
