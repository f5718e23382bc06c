import { Worker } from "node:worker_threads";
import { Failure } from "./failure.ts";
import { OwnLimitError } from "./own-limits.ts";

const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const client = require("node:net").connect({ ...workerData, noDelay: true });
let [sent, received, isAsked, silence, last] = [0, 0, false, 0, performance.now()];
const talk = () => {
  client.write(".", () => (sent += 1));
  const now = performance.now();
  silence = Math.max(silence, now - last);
  last = now;
};
const talking = setInterval(talk, 10);
client.on("data", (chunk) => {
  if (received === 0) {
    parentPort.postMessage("served");
    silence = 0;
  }
  received += chunk.length;
});
client.on("error", () => {}).on("close", () => {
  clearInterval(talking);
  parentPort.postMessage({ sent, received, isAsked, silence });
});
parentPort.on("message", (deadline) => {
  silence = Math.max(silence, performance.now() - last);
  isAsked = true;
  clearInterval(talking);
  setTimeout(() => client.destroy(), deadline);
  client.end().on("end", () => client.destroy());
});
`;

/**
 * What came of it. `isAsked`: it was this side that ended the conversation; `silence`: the longest time in which it said
 * nothing, in milliseconds.
 */
interface Conversation {
  readonly sent: number;
  readonly received: number;
  readonly isAsked: boolean;
  readonly silence: number;
}

/**
 * A client that says a byte every 10 ms, and gets each one back. It has a thread of its own: while this thread is busy
 * with other clients, the server would have silent moments.
 */
export class Talker {
  readonly #worker: Worker;
  readonly #ended: Promise<Conversation>;

  private constructor(worker: Worker, ended: Promise<Conversation>) {
    this.#worker = worker;
    this.#ended = ended;
  }

  /** Resolves when its first byte has come back. @throws Failure where that takes longer than `deadline` milliseconds */
  static async start({ host, port }: { host: string; port: number }, deadline: number): Promise<Talker> {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { host, port } });
    const ended = new Promise<Conversation>((resolve) =>
      worker.on("message", (message) => message !== "served" && resolve(message)),
    );
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = () => reject(new Failure("the first client was not served", "answer"));
        timer = setTimeout(fail, deadline);
        ended.then(fail);
        worker.once("error", ({ message }) => reject(new OwnLimitError(`could not be checked: no thread: ${message}`)));
        worker.once("message", (message) => message === "served" && resolve());
      });
      return new Talker(worker, ended);
    } catch (error) {
      await worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @returns the longest time in which it said nothing, in milliseconds: on a busy machine this process waits as well
   * @throws Failure where the server has ended the conversation, or a byte has not come back within `deadline` milliseconds
   */
  async stop(deadline: number): Promise<number> {
    this.#worker.postMessage(deadline);
    const { sent, received, isAsked, silence } = await this.#ended;
    const counts = `${sent} bytes sent, ${received} came back`;
    if (!isAsked) throw new Failure(`a client that talked all the while was sent away: ${counts}`, "answer");
    if (received < sent) throw new Failure(`a client that talked all the while: ${counts}`, "answer");
    return silence;
  }

  /** Closes its connection, whatever is under way. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
