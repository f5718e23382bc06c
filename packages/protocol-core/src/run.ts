import { readFileSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { readyLine } from "./address.ts";
import { type Serve, type ServeOptions, UsageError } from "./serve.ts";

/** The part of model.json that a server reads of itself. */
interface Manifest {
  title: string;
  clients: number | "many";
  options: Record<string, { values: string[]; default: string; help: string }>;
}

/**
 * Turns `serve` into a program: reads the command line, resolves the host name, prints the ready line, and ends on
 * any error with one line on stderr and the exit code that the error names (2 for wrong usage), else 1. SIGTERM keeps its
 * default disposition: a handler would never run in a thread that is blocked in a system call.
 */
export function run(serve: Serve): void {
  process.on("uncaughtException", fail);
  start(serve).catch(fail);
}

async function start(serve: Serve): Promise<void> {
  const options = readOptions();
  const { lookup } = await import("node:dns/promises");
  const { address: host } = await lookup(options.host);
  // writeSync, because a thread that blocks right after never flushes what console.log queued for a pipe.
  await serve({ ...options, host }, (address) => writeSync(1, readyLine(address)));
}

function readOptions(): ServeOptions {
  const { title, clients, options }: Manifest = JSON.parse(readFileSync(`${packageFolder()}/model.json`, "utf8"));
  const limit = clients === "many" ? Number.POSITIVE_INFINITY : clients;
  const names = ["host", "port", "backlog", "max-connections", ...Object.keys(options)];
  const declared = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { values } = usage(() => parseArgs({ options: { ...declared, help: { type: "boolean" } } }));
  if (values["help"]) {
    writeSync(1, help(title, limit, options));
    process.exit(0);
  }
  const text = values as Record<string, string | undefined>;
  const own = Object.entries(options).map(([name, option]) => {
    const value = text[name] ?? option.default;
    if (!option.values.includes(value))
      throw new UsageError(`--${name} is one of ${option.values.join(", ")}, not "${value}"`);
    return [name, value] as const;
  });
  return {
    host: text["host"] ?? "127.0.0.1",
    port: wholeNumber("port", text["port"] ?? "7007", 0, 65535),
    backlog: wholeNumber("backlog", text["backlog"] ?? "4096", 1, 65535),
    maxConnections:
      text["max-connections"] === undefined ? limit : wholeNumber("max-connections", text["max-connections"], 1, limit),
    own: Object.fromEntries(own),
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range =
    most === Number.POSITIVE_INFINITY
      ? `from ${least}`
      : least === most
        ? `${least} in this model`
        : `from ${least} to ${most}`;
  throw new UsageError(`--${name} is a whole number ${range}, not "${text}"`);
}

function usage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    // parseArgs goes on with advice, on further lines, about ways of writing that mean nothing here.
    throw new UsageError(
      `${(error as Error).message.split(/\.\s/)[0]!.replace(/^./, (first) => first.toLowerCase())} (--help lists the options)`,
    );
  }
}

function help(title: string, limit: number, options: Manifest["options"]): string {
  const most = limit === Number.POSITIVE_INFINITY ? "no limit" : limit;
  const rows = [
    ["--host HOST", "the address to listen on (127.0.0.1)"],
    ["--port PORT", "0 to 65535; 0 lets the kernel choose (7007)"],
    ["--backlog N", "connections the kernel queues before accept (4096)"],
    ["--max-connections N", `clients served at the same time (${most})`],
    ...Object.entries(options).map(([name, option]) => [
      `--${name} ${option.values.join("|")}`,
      `${option.help} (${option.default})`,
    ]),
  ];
  return `${title}: an echo server (RFC 862)\n\n${rows.map(([left, right]) => `  ${left}\n      ${right}\n`).join("")}`;
}

const hints: Record<string, string> = {
  EADDRINUSE: "choose another --port, or 0 for any free one",
  EACCES: "ports below 1024 are reserved for the administrator: choose another --port",
  EADDRNOTAVAIL: "this machine has no such address: try --host 127.0.0.1",
  ENOTFOUND: "no such host: try --host 127.0.0.1",
};

function fail(error: unknown): void {
  const { message, code, exitCode = 1 } = error as { message: string; code?: string; exitCode?: number };
  const hint = code && hints[code] ? `; ${hints[code]}` : "";
  writeSync(2, `${basename(packageFolder()).replace(/^server-/, "")}: ${message}${hint}\n`);
  exitNow(exitCode);
}

/** process.exit waits for its threads, for ever if one is blocked in a system call; posix-sockets leaves `_exit` here. */
function exitNow(code: number): void {
  const exits = globalThis as { [key: symbol]: ((code: number) => void) | undefined };
  (exits[Symbol.for("posix-sockets.exitNow")] ?? process.exit)(code);
}

/** main.js stands in PACKAGE/dist. */
const packageFolder = () => dirname(dirname(process.argv[1]!));
