// The mistake: whoever is turned away has been counted, and is never taken off the count: it never gets a place.
// Found by case 21: one client too many was turned away, one of the others has left, and yet nobody is let in.
import { createServer } from "node:net";

const PLACES = 50;
let taken = 0;

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  taken += 1;
  if (taken > PLACES) {
    client.destroy();
    return;
  }
  client.on("close", () => {
    taken -= 1;
  });
  client.pipe(client);
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
