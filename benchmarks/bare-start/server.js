// What a Node of its own costs a client before that does anything: one is started for each, says a word and waits, and the
// client is answered from here. What a model with a thread or a process per connection takes above this is its own.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const [host, port, of] = process.argv.slice(2);

const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true });
server.on("connection", (client) => {
  const answer = () => client.pipe(client);
  const end = of === "thread" ? startThread(answer) : startProcess(answer);
  client.on("error", () => client.destroy());
  client.on("close", end);
});
server.listen({ host, port: Number(port), backlog: 4096 }, () => {
  const { address, port } = server.address();
  console.log(`listening on ${address}:${port}`);
});

/** Both return what ends it again. */
function startThread(whenItRuns) {
  const thread = new Worker(new URL("./thread.js", import.meta.url)).once("message", whenItRuns);
  return () => thread.postMessage("end");
}

function startProcess(whenItRuns) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./process.js", import.meta.url))]);
  child.stdout.once("data", whenItRuns);
  return () => child.stdin.end();
}
