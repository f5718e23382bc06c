import { parentPort } from "node:worker_threads";

parentPort.postMessage("running");
parentPort.once("message", () => {}); // it lives as long as its client
