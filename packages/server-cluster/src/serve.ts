// Cluster: an event loop for every core, each in a process of its own, and all of them at one port.
// Mechanism: the first process accepts and deals the clients out in turn; or each worker has a listener of its own.
// Cost: a Node for each core; where one deals, a message for each client; where nobody does, the kernel's luck.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Address, Serve, ServeOptions } from "@echolab/protocol-core";

export const serve: Serve = async (options, listening) => {
  const count = Math.min(availableParallelism(), options.maxConnections);
  const workers = Array.from({ length: count }, () => fork(program));
  for (const worker of workers) worker.once("exit", (code) => process.exit(code ?? 1)); // a core less is no service
  const start = options.own["dispatch"] === "reuse-port" ? share : deal;
  listening(await start(workers, options));
};

const program = fileURLToPath(new URL("./worker.js", import.meta.url));

// #region deal
/** round-robin: this process accepts, and passes the descriptors on. */
async function deal(workers: ChildProcess[], { host, port, backlog, maxConnections }: ServeOptions): Promise<Address> {
  let clients = 0;
  let turn = 0;
  // Paused: a byte that is read here would be lost to the worker.
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    if (clients === maxConnections) {
      client.destroy(); // there is no queue
      return;
    }
    clients += 1;
    turn = (turn + 1) % workers.length;
    workers[turn]!.send("client", client);
  });
  for (const worker of workers)
    worker.on("message", () => {
      clients -= 1; // the worker says that one has left
    });
  server.listen({ host, port, backlog });
  await once(server, "listening");
  const { address, port: bound } = server.address() as AddressInfo;
  return { host: address, port: bound };
}
// #endregion

// #region share
/** reuse-port: every worker has a listener of its own, at the same port, and its share of the limit. */
async function share(workers: ChildProcess[], { host, port, backlog, maxConnections }: ServeOptions): Promise<Address> {
  let address: Address = { host, port };
  for (const [i, worker] of workers.entries()) {
    const places = Math.floor((maxConnections + i) / workers.length);
    worker.send({
      host,
      port: address.port,
      backlog,
      reusePort: true,
      places: Math.min(places, Number.MAX_SAFE_INTEGER),
    });
    [address] = await once(worker, "message"); // the first one's port, which the kernel may have chosen, is the others' too
  }
  return address;
}
// #endregion
