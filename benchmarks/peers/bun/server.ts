// Bun: one thread waits for all clients at once, and calls back whoever has something; no stream stands between.
// Mechanism: Bun.listen; write takes what the kernel takes, and drain says when it takes more.
// Cost: what a stream would keep, the rest of a short write and the client's FIN, is the server's own business.

interface Client {
  /** Received and not yet sent back. */
  owed: Uint8Array;
  /** Its FIN has come. */
  ended: boolean;
}

const nothing = new Uint8Array();

function serve(hostname: string, port: number): void {
  const listener = Bun.listen<Client>({
    hostname,
    port,
    allowHalfOpen: true, // the client's FIN is not ours
    socket: {
      open(socket) {
        socket.data = { owed: nothing, ended: false };
        socket.setNoDelay(true);
      },
      data(socket, chunk) {
        const { owed } = socket.data;
        // What had been received already when it was paused may still come.
        if (!sendBack(socket, owed.length > 0 ? Buffer.concat([owed, chunk]) : chunk)) socket.pause();
      },
      drain(socket) {
        if (socket.data.owed.length === 0 || !sendBack(socket, socket.data.owed)) return;
        if (socket.data.ended) socket.end();
        else socket.resume();
      },
      end(socket) {
        socket.data.ended = true;
        if (socket.data.owed.length === 0) socket.end();
      },
    },
  });
  console.log(`listening on ${listener.hostname}:${listener.port}`);
}

/** False when the client does not read: then neither does the server, until the rest is sent. */
function sendBack(socket: Bun.Socket<Client>, bytes: Uint8Array): boolean {
  const sent = socket.write(bytes); // -1 when it is closed already
  socket.data.owed = sent >= 0 && sent < bytes.length ? bytes.subarray(sent) : nothing;
  return socket.data.owed.length === 0;
}

const [host = "", port = ""] = process.argv.slice(2);
try {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Error(`PORT is 0 to 65535, not "${port}"`);
  serve(host, Number(port));
} catch (error) {
  console.error(`server.ts: ${(error as Error).message}`);
  process.exit(1);
}
