import { connect, createServer } from "node:net";

/** An abstract socket (unix(7)): it is no file, and gone with its process, however that ends. */
const NAME = "\0echolab-bench";
const DEADLINE_MS = 500;
/** Digits of a time in milliseconds. */
const DIGITS = 13;

/**
 * Says to later benches of this machine that one runs now.
 * @returns since when another one runs; undefined where this is the only one, or where it cannot be known
 */
export function otherBench(): Promise<Date | undefined> {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    // Another program that holds its end open holds up nothing.
    const server = createServer((client) =>
      client
        .on("error", () => {})
        .unref()
        .end(String(startedAt)),
    );
    server.once("listening", () => resolve(undefined));
    server.once("error", () => resolve(ask()));
    server.listen(NAME).unref(); // no run waits for it
  });
}

function ask(): Promise<Date | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(NAME);
    const timer = setTimeout(() => socket.destroy(), DEADLINE_MS); // in all: any program may have this name
    socket.on("data", (text) => {
      answer += text;
      if (answer.length >= DIGITS) socket.destroy();
    });
    socket.on("error", () => {}); // it has ended meanwhile
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(/^\d{13}$/.test(answer) ? new Date(Number(answer)) : undefined);
    });
  });
}
