// The mistake: model.json promises that whoever comes after the 60th waits, and is served; maxConnections refuses it.
// Found by case 20: the 60 places are taken, ten more come, and are closed.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.pipe(client);
});
server.maxConnections = 60;
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
