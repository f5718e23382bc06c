import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Failure } from "./case.ts";

const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const client = require("node:net").connect({ ...workerData, noDelay: true });
let [sent, received] = [0, 0];
const talk = () => client.write(".", () => (sent += 1));
const talking = setInterval(talk, 10);
client.on("data", (chunk) => {
  if (received === 0) parentPort.postMessage("served");
  received += chunk.length;
});
client.on("error", () => {}).on("close", () => parentPort.postMessage({ sent, received }));
parentPort.on("message", (deadline) => {
  clearInterval(talking);
  setTimeout(() => client.destroy(), deadline);
  client.end().on("end", () => client.destroy());
});
`;

/**
 * A client that says a byte every 10 ms, and gets each one back. It has a thread of its own: while this thread is busy
 * with other clients, the server would have silent moments.
 */
export class Talker {
  readonly #worker: Worker;
  readonly #ended: Promise<{ sent: number; received: number }>;

  private constructor(worker: Worker, ended: Promise<{ sent: number; received: number }>) {
    this.#worker = worker;
    this.#ended = ended;
  }

  /** Resolves when its first byte has come back. */
  static async start({ host, port }: { host: string; port: number }): Promise<Talker> {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { host, port } });
    const [first] = await once(worker, "message");
    if (first !== "served") throw new Failure("the first client was not served", "answer");
    return new Talker(
      worker,
      once(worker, "message").then(([counts]) => counts),
    );
  }

  /** @throws Failure where one of its bytes has not come back within `deadline` milliseconds */
  async stop(deadline: number): Promise<void> {
    this.#worker.postMessage(deadline);
    const { sent, received } = await this.#ended;
    if (received < sent)
      throw new Failure(`a client that talked all the while: ${sent} bytes sent, ${received} came back`, "answer");
  }

  /** Closes its connection, whatever is under way. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
