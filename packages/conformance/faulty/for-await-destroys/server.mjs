// The mistake: when a for await loop ends, it destroys the stream that it has read, with all that is still to be sent.
// Found by case 8: 16 MiB and a FIN are sent, 4 MiB are in the buffers of the kernel, and the rest never comes back.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, async (client) => {
  try {
    for await (const data of client) client.write(data);
    client.end();
  } catch {
    client.destroy(); // a reset: this client's own
  }
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
