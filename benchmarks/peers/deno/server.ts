// Deno: a promise per client; one thread awaits all of them, and Tokio waits in epoll.
// Mechanism: Deno.listen; read and write of a connection, which reads as if it blocked.
// Cost: promises and a call into Rust for every message; whoever computes makes everybody wait.

async function serve(hostname: string, port: number): Promise<void> {
  const listener = Deno.listen({ hostname, port, tcpBacklog: 4096 }); // reuse of the address is Deno's default
  const address = listener.addr;
  console.log(`listening on ${address.hostname}:${address.port}`);
  for (;;) {
    try {
      echo(await listener.accept());
    } catch (error) {
      if (error instanceof Deno.errors.NotConnected) continue; // a client that has left before it was accepted
      // Out of descriptors, for one: without a pause this would spin until a client leaves.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function echo(client: Deno.TcpConn): Promise<void> {
  const chunk = new Uint8Array(64 * 1024);
  try {
    client.setNoDelay(true);
    // Receives only when all is sent back; null is the client's FIN.
    for (let length = await client.read(chunk); length !== null; length = await client.read(chunk)) {
      for (let start = 0; start < length; ) start += await client.write(chunk.subarray(start, length));
    }
  } catch {
    // A reset: this client's own.
  } finally {
    client.close();
  }
}

const [host = "", port = ""] = Deno.args;
try {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Error(`PORT is 0 to 65535, not "${port}"`);
  await serve(host, Number(port));
} catch (error) {
  console.error(`server.ts: ${(error as Error).message}`);
  Deno.exit(1);
}
