import { workerData } from "node:worker_threads";
import { Socket } from "../../../../posix-sockets/dist/index.js";

Socket.fromFd(workerData).recv(new Uint8Array(1));
