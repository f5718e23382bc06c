// The mistake: bytes are turned into text and back. What is no valid UTF-8 becomes U+FFFD, three bytes for one.
// Found by case 4: every byte from 0 to 255.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.setEncoding("utf8");
  client.pipe(client);
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
