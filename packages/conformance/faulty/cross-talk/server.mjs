// The mistake: one variable for all clients, and a moment between the write to it and the read of it.
// Found by case 15: with several clients at once, one gets another one's bytes.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
let message;
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.on("data", (data) => {
    message = data;
    setTimeout(() => client.write(message), 10);
  });
  client.on("end", () => client.end());
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
