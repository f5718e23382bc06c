// The mistake: the host is left out, and all interfaces of the machine are meant.
// Found by case 45: it listens on an address that is not loopback.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.pipe(client);
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
