// The mistake: what write() returns is ignored. It says "wait": the client does not read, and memory fills.
// Found by case 22: a client that offers 256 MiB and never reads makes the server keep them all.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.on("data", (data) => client.write(data));
  client.on("end", () => client.end());
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
