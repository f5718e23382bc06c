// The mistake: Number("abc") is NaN, and NaN || 0 lets the kernel choose a port that nobody asked for.
// Found by case 44: it must not start on port "abc".
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.pipe(client);
});
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen({ host, port: Number(port) || 0 }, () => console.log(`listening on ${host}:${server.address().port}`));
