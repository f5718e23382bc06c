// The mistake: nobody tells the children that the server has ended; each waits for its client to say something.
// Found by case 42: a second after SIGTERM to the first process, its children are still there.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
  client.on("error", () => client.destroy());
  const child = spawn("cat", { stdio: [client, client, "inherit"] });
  child.on("exit", () => client.destroy());
  child.on("error", () => client.destroy()); // no process could be had for it
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
