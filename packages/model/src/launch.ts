import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, isIPv6, Server } from "node:net";
import type { Model } from "./discovery.ts";
import type { Limited } from "./limits.ts";
import type { StartOptions } from "./server-process.ts";
import { StartError } from "./start-error.ts";

/** Resolves once the program runs. */
export function launch(
  model: Model,
  host: string,
  port: number | string,
  { words = [], cpus, under = [], limited }: StartOptions & { limited: Limited },
): Promise<ChildProcess> {
  const own = Object.entries(model.own).flatMap(([option, value]) => [`--${option}`, value]);
  const command = [...model.manifest.command, ...own, ...words].map((word) =>
    word.replaceAll("{host}", host).replaceAll("{port}", String(port)),
  );
  if (command[0] === "node") command[0] = process.execPath;
  if (cpus) command.unshift("taskset", "--cpu-list", cpus);
  const [program, ...rest] = limited.command([...under, ...command]);
  const child = spawn(program!, rest, {
    cwd: model.folder,
    detached: true, // a session, and so a process group, of its own
    env: { ...cleanEnvironment(), ...model.manifest.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child));
    child.once("error", (error) =>
      reject(new StartError(`${model.name} cannot be started: ${error.message}`, null, "")),
    );
  });
}

// One inherited variable can double a program's start-up time, or change what it does.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR"].map((name) => [name, process.env[name]]);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** A port that was free a moment ago. */
export function freePort(host: string, protocol: "tcp" | "udp"): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = protocol === "tcp" ? createServer() : createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.once("error", reject);
    socket.once("listening", () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
    if (socket instanceof Server) socket.listen(0, host);
    else socket.bind(0, host);
  });
}
