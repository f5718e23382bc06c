import type { Readable } from "node:stream";
import { type Address, formatAddress, parseReadyLine } from "@echolab/protocol-core";
import { listeningAddresses } from "./proc.ts";
import type { ServerProcess } from "./server-process.ts";
import { StartError } from "./start-error.ts";

/** Characters on stdout in which the ready line must be. */
const MOST_BEFORE_READY = 65_536;

type Starting = Pick<ServerProcess, "model" | "running" | "tree" | "stderr">;

/** The address in the line that it prints once clients can connect. @throws StartError where it prints much else */
export function readyLine(server: Starting, stdout: Readable): Promise<Address> {
  stdout.setEncoding("utf8");
  return new Promise((resolve, reject) => {
    let text = "";
    let printed = 0;
    const read = (more: string) => {
      text += more;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        const address = parseReadyLine(text.slice(0, end));
        text = text.slice(end + 1);
        if (address) return done(() => resolve(address));
      }
      printed += more.length;
      if (printed <= MOST_BEFORE_READY) return;
      const why = `${server.model.name} printed ${MOST_BEFORE_READY} characters, and no ready line`;
      done(() => reject(new StartError(why, null, server.stderr)));
    };
    const done = (then: () => void) => {
      stdout.off("data", read);
      stdout.resume(); // what it prints later must not fill the pipe, and block it
      then();
    };
    stdout.on("data", read); // its end says more than the end of its output
  });
}

/** The address with this port at which one of its processes listens: looked for in /proc, without connecting. */
export async function listening(server: Starting, stdout: Readable, port: number | string): Promise<Address> {
  stdout.resume(); // nobody reads it
  while (server.running) {
    const address = addresses(server).find((listener) => listener.port === Number(port));
    if (address) return address;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return new Promise(() => {}); // its end says more
}

/** That the time is over, and what it did instead. */
export function notReady(server: Starting, deadline: number, port: number | string): string {
  const { name, manifest } = server.model;
  const others = addresses(server).map((address) => formatAddress(address));
  const where = others.length > 0 ? `; it listens on ${others.join(", ")}` : "";
  const instead =
    manifest.ready === "listen"
      ? `, not on port ${port}`
      : ", and printed no line `listening on HOST:PORT`: is stdout flushed?";
  return `${name} was not ready within ${Number((deadline / 1000).toPrecision(2))} s${where && where + instead}`;
}

function addresses(server: Starting): Address[] {
  const pids = server.tree().map(({ pid }) => pid);
  return listeningAddresses(pids, server.model.manifest.protocol);
}
