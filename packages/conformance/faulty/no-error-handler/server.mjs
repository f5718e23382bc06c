// The mistake: no 'error' handler on the socket. Node throws what nobody handles, and a reset is an error.
// Found by case 28: after a client has reset its connection, the server is gone.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => client.pipe(client));
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
