import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Model } from "../src/discovery.ts";
import { chooseSandbox, type Enclosure } from "../src/enclosure.ts";
import { parseManifest } from "../src/manifest.ts";

/** Gives a shell a listening socket, as inetd does, and the line that says where it is. */
const LISTEN = `
  $^F = 9;  # up to this number, a descriptor stays open in another program
  socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0, INADDR_LOOPBACK)); listen($s, 9);
  $ENV{READY} = "listening on 127.0.0.1:" . (sockaddr_in(getsockname($s)))[0];
  exec "/bin/sh", "-c", $ARGV[0];`;

/** In a script: it is ready. */
export const READY = 'echo "$READY";';

/** A server that is this script of the shell. @param change what else is to stand in its model.json */
export function shellServer(script: string, change: object = {}): Model {
  const manifest = {
    version: 1,
    title: "A server",
    summary: "For a test.",
    protocol: "tcp",
    command: ["perl", "-MSocket", "-e", LISTEN, script],
    ready: "line",
    clients: "many",
    overload: "queue",
    idle: "sleeps",
    isolation: "none",
    ...change,
  };
  const folder = fileURLToPath(new URL(".", import.meta.url));
  return { name: "shell", folder, manifest: parseManifest(JSON.stringify(manifest), "model.json"), own: {} };
}

/** True for a process that is there and has not ended: whether a zombie is waited for is init's business. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const stranger: Model = { ...shellServer(""), isForeign: true };

/** Those that no process can leave, as far as they work here. */
export const HOLDING: readonly Enclosure[] = [
  ...new Set((["auto", "none"] as const).map((wanted) => chooseSandbox(wanted, stranger).enclosure)),
].filter((enclosure) => enclosure !== "session");
/** All that work here. */
export const ENCLOSURES: readonly Enclosure[] = ["session", ...HOLDING];
