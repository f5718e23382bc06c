import { readSync, writeSync } from "node:fs";
import type { BlockingStream } from "./echo.ts";

/** stdin and stdout as one blocking stream: the client of a server that inetd(8), or its like, has started. */
export const stdio: BlockingStream = {
  recv: (into) => readSync(0, into),
  sendAll(from, length = from.length) {
    for (let sent = 0; sent < length; ) sent += writeSync(1, from, sent, length - sent);
  },
};
