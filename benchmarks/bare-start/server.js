// What a Node of its own costs a client before that does anything: one is started for each, says a word and waits, and the
// client is answered from here. What a model with a thread or a process per connection takes above this is its own.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const CLIENTS = 64;

const [host, port, of] = process.argv.slice(2);

const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true });
server.maxConnections = CLIENTS;
server.on("connection", (client) => {
  const start = of === "thread" ? startThread : startProcess;
  const end = start(
    () => client.pipe(client),
    () => client.destroy(), // none could be had: this client is turned away
  );
  client.on("error", () => client.destroy());
  client.on("close", end);
});
server.listen({ host, port: Number(port), backlog: 4096 }, () => {
  const { address, port } = server.address();
  console.log(`listening on ${address}:${port}`);
});

/** Both return what ends it again. */
function startThread(whenItRuns, whenItFails) {
  const thread = new Worker(new URL("./thread.js", import.meta.url));
  thread.once("message", whenItRuns).once("error", whenItFails);
  return () => thread.postMessage("end");
}

function startProcess(whenItRuns, whenItFails) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./process.js", import.meta.url))]);
  child.once("error", whenItFails);
  child.stdout?.once("data", whenItRuns);
  return () => child.stdin?.end();
}
