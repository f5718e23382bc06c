// One client's thread: it sleeps in recv until this client says something, and ends when the client leaves.
import { parentPort, workerData } from "node:worker_threads";
import { Socket } from "@echolab/posix-sockets";
import { echo } from "@echolab/protocol-core";

const client = Socket.fromFd(workerData as number);
parentPort!.postMessage("mine");
try {
  echo(client);
} finally {
  client.close();
}
