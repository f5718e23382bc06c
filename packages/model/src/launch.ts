import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, isIPv6, Server } from "node:net";
import { type Model, pathOf } from "./discovery.ts";
import { type Enclosure, enclosed } from "./enclosure.ts";
import { guardSession, startGuard } from "./guard.ts";
import type { Limited } from "./limits.ts";
import { spawnFailure } from "./spawn-failure.ts";
import { StartError } from "./start-error.ts";
import type { StartOptions } from "./start-options.ts";
import { systemProgram } from "./system-program.ts";

/** Resolves once the program runs, or what encloses it. */
export function launch(
  model: Model,
  host: string,
  port: number | string,
  { words = [], cpus, under = [], limited, enclosure }: StartOptions & { limited: Limited; enclosure: Enclosure },
): Promise<ChildProcess> {
  const own = Object.entries(model.own).flatMap(([option, value]) => [`--${option}`, value]);
  const command = [...model.manifest.command, ...own, ...words].map((word) =>
    word.replaceAll("{host}", host).replaceAll("{port}", String(port)),
  );
  const traced = [...under, ...(cpus ? [systemProgram("taskset") ?? "taskset", "--cpu-list", cpus] : [])];
  return spawned(model, command, traced, limited, enclosure).catch((error: Error) => {
    throw new StartError(`${model.name} cannot be started: ${error.message}`, null, "", { cause: error });
  });
}

/** Starts a command of the model, its server or its build, in its folder and a clean environment. @throws Error */
export async function spawned(
  model: Model,
  command: readonly string[],
  under: readonly string[],
  limited: Limited,
  enclosure: Enclosure,
  isBuild = false,
): Promise<ChildProcess> {
  const { folder, manifest } = model;
  const [first = "", ...others] = command;
  if (!pathOf(first, folder, manifest.env["PATH"])) throw new Error(`there is no program ${first}`);
  // The model's own environment is for its own program: in ours, its PATH or LD_PRELOAD would replace what limits it.
  const env = Object.entries(manifest.env).map(([name, value]) => `${name}=${value}`);
  const words = [
    ...(env.length > 0 ? [systemProgram("env") ?? "env", ...env] : []),
    first === "node" ? process.execPath : first,
    ...others,
  ];
  const limitedWords = limited.command([...under, ...words]);
  const [program, ...rest] = limited.inGroup(enclosed(enclosure, model, limitedWords, isBuild));
  startGuard(); // without one, nothing would end the program where this tool is killed
  const child = spawn(program!, rest, {
    cwd: folder,
    detached: true, // a session, and so a process group, of its own
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe", ...(enclosure === "session" ? [] : ["pipe" as const])], // see INIT
  });
  if (child.pid) guardSession(child.pid);
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child));
    child.once("error", (error) => reject(new Error(spawnFailure(error))));
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
