// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
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
