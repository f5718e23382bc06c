// The mistake: a handler for SIGTERM that cleans up, and then forgets to end.
// Found by case 42: it must have ended within a second.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.pipe(client);
});
process.on("SIGTERM", () => server.close()); // this waits until the last client has left
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
