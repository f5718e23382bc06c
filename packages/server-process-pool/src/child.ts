// One process of the pool: a sequential server, beside others at the same listener.
import { writeSync } from "node:fs";
import { Socket } from "@echolab/posix-sockets";
import { echo } from "@echolab/protocol-core";

const listener = Socket.fromFd(0); // it is the others' too
writeSync(1, "ready\n");
for (;;) {
  const client = listener.accept(); // sleeps until this process's turn comes
  try {
    echo(client);
  } finally {
    client.close();
  }
}
