import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { type Address, formatAddress, parseReadyLine } from "@echolab/protocol-core";
import type { Model } from "./discovery.ts";
import { eventually } from "./eventually.ts";
import { listeningAddresses, type ProcessStat } from "./proc.ts";
import { StartError } from "./start-error.ts";
import type { StartOptions } from "./start-options.ts";

/** Characters on stdout in which the ready line must be. */
const MOST_BEFORE_READY = 65_536;

/** How long after the ready line its socket may be there: the line may come too early. */
const LATE_SOCKET_MS = 1000;

/** A server that is not ready yet. */
interface Starting {
  readonly model: Model;
  readonly options: StartOptions;
  readonly pid: number;
  readonly running: boolean;
  readonly stderr: string;
  tree(): readonly ProcessStat[];
}

/**
 * The address where clients can connect, once they can.
 * @param seen called at that moment; whether the address is the server's own is looked at only then
 * @throws StartError
 */
export async function whenReady(
  server: Starting,
  stdout: Readable,
  port: number | string,
  seen: () => void,
): Promise<Address> {
  const isSaid = server.model.manifest.ready === "line";
  const address = await (isSaid ? readyLine(server, stdout) : listening(server, stdout, port));
  seen();
  return ownAddress(server, address);
}

/** The address in the line that it prints once clients can connect. @throws StartError where it prints much else */
function readyLine(server: Starting, stdout: Readable): Promise<Address> {
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
async function listening(server: Starting, stdout: Readable, port: number | string): Promise<Address> {
  stdout.resume(); // nobody reads it
  return whileRunning(server, () => addresses(server).find((listener) => listener.port === Number(port)));
}

/**
 * The address, once it is seen that one of the server's own processes listens there, on loopback: a ready line may say
 * anything, and the load must reach no other program. @throws StartError
 */
async function ownAddress(server: Starting, { host, port }: Address): Promise<Address> {
  const { name, manifest } = server.model;
  const named = manifest.ready === "line" ? "its ready line names" : "it listens on";
  const refused = (why: string) =>
    new StartError(`${name} never started: ${named} ${formatAddress({ host, port })}, ${why}`, null, server.stderr);
  if (!isLoopback(host) && !isEveryAddress(host) && host !== server.options.host)
    throw refused("which is not on loopback");
  const reach = (listeners: Address[]) => Math.max(...listeners.map((each) => nearness(each, { host, port })), 0);
  const anybodys = () => reach(listeningAddresses("anybody", manifest.protocol));
  const isOwn = (own: number, all: number) => own > 0 && own >= all;
  const end = performance.now() + LATE_SOCKET_MS;
  // The first process has it, as a rule: all of them take milliseconds to find.
  if (isOwn(reach(listeningAddresses([server.pid], manifest.protocol)), anybodys()))
    return { host: canonical(host), port };
  await whileRunning(server, () => {
    const all = anybodys(); // first: one of its own that comes meanwhile must not look like another program's
    const own = reach(addresses(server));
    if (isOwn(own, all)) return true;
    // A server that is just ending has lost its own sockets before its end is known.
    if (performance.now() > end) throw refused(all > 0 ? "where another program listens" : "where nothing listens");
    return undefined;
  });
  return { host: canonical(host), port };
}

/**
 * How closely a listener fits an address, as the kernel chooses among several (ip(7), ipv6(7)): that address, every one
 * of its family, every one of IPv6 for one of IPv4; 0 where it gets nothing that is sent there.
 */
function nearness(listener: Address, to: Address): number {
  const [there, host] = [canonical(listener.host), destination(to.host)];
  if (listener.port !== to.port) return 0;
  if (there === host) return 3;
  if (!isEveryAddress(there) || isIP(host) === 0) return 0;
  if (isIP(there) === isIP(host)) return 2;
  return isIP(host) === 4 ? 1 : 0;
}

/** Where a client comes that connects there: from every address, to loopback. */
const destination = (host: string) => (host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : canonical(host));
const isEveryAddress = (host: string) => host === "0.0.0.0" || host === "::";
const isLoopback = (host: string) => isIP(canonical(host)) !== 0 && /^(127\.|::1$)/.test(canonical(host));

/** 127.0.0.1 for localhost, and for what an IPv6 socket calls that (IPv4-mapped addresses, RFC 4291). */
function canonical(host: string): string {
  if (host === "localhost") return "127.0.0.1";
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(host) ?? [];
  if (!high || !low) return host.replace(/^::ffff:(?=\d+\.)/, "");
  const words = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return words.flatMap((word) => [word >> 8, word & 255]).join(".");
}

/** What `look` finds, looked for until the server ends: its end says more. */
async function whileRunning<T>(server: Starting, look: () => T | undefined): Promise<T> {
  let found: T | undefined;
  const isOver = () => {
    if (server.running) found = look();
    return !server.running || found !== undefined;
  };
  await eventually(isOver, Number.POSITIVE_INFINITY);
  return found ?? new Promise(() => {});
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
