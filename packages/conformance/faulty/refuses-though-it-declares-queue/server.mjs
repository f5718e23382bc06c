// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
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
