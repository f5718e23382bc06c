// One thread of the pool: a sequential server, beside others at the same listener.
import { parentPort, workerData } from "node:worker_threads";
import { Socket } from "@echolab/posix-sockets";
import { echo } from "@echolab/protocol-core";

const listener = Socket.duplicateOf(workerData as number); // its own descriptor: that number is the others' too
parentPort!.postMessage("ready");
for (;;) {
  const client = listener.accept(); // sleeps until this thread's turn comes
  try {
    echo(client);
  } finally {
    client.close();
  }
}
