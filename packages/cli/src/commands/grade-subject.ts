import { readFileSync } from "node:fs";
import type { ProfileName } from "@echolab/conformance/grade";
import {
  buildModel,
  type Chosen,
  chooseSandbox,
  filesOf,
  findModel,
  isOnPath,
  listeningAddresses,
  type Manifest,
  ManifestError,
  type Model,
  missingRequirement,
  type Sandbox,
  showable,
} from "@echolab/model";
import { formatAddress } from "@echolab/protocol-core";
import { InvalidArgumentError } from "commander";
import { typedIn } from "../arguments.ts";
import { stderr } from "../terminal.ts";

interface Asked {
  readonly connect?: { host: string; port: number };
  readonly profile?: ProfileName;
  readonly sandbox: Sandbox;
}

const ELSEWHERE: Chosen = { enclosure: "session", words: "none: somebody else has started the server" };

/** What is to be graded, and whether its promises were written down. */
export function found(words: string[], { connect, profile, sandbox: wanted }: Asked) {
  const isCommand = process.argv.slice(3).includes("--");
  if (connect) {
    if (words.length > 0) throw new ManifestError("--connect is for a server that already runs: name no other");
    // Looked up, not tried: a server that serves one client may not survive a second one.
    const there = listeningAddresses("anybody", profile === "udp" ? "udp" : "tcp");
    if (!there.some(({ port }) => port === connect.port))
      throw new ManifestError(`nobody listens on ${formatAddress(connect)}: start the server first`);
    const model: Model = {
      name: formatAddress(connect),
      folder: typedIn,
      manifest: assumed([], profile),
      own: {},
    };
    return { subject: { model, ...connect }, name: model.name, declared: false, sandbox: ELSEWHERE };
  }
  if (isCommand) {
    if (!words.some((word) => word.includes("{port}")))
      throw new ManifestError(`the command needs {port} where the port goes: pnpm grade -- ${words.join(" ")} {port}`);
    if (!isOnPath(words[0]!) && !words[0]!.includes("/"))
      throw new ManifestError(`there is no command "${words[0]}" on PATH`);
    const model: Model = {
      ...{ name: showable(words[0]!), folder: typedIn, manifest: assumed(words, profile), own: {} },
      ...{ isForeign: true, files: filesOf(words, typedIn) },
    };
    return { subject: model, name: showable(words.join(" ")), declared: false, sandbox: sandboxFor(model, wanted) };
  }
  if (words.length !== 1)
    throw new ManifestError(
      "name one server: a model, a folder with a model.json, or -- and a command with {port} in it",
    );
  const model = findModel(words[0]!, typedIn);
  const missing = missingRequirement(model);
  if (missing) throw new ManifestError(`${model.name}: ${missing}`);
  const sandbox = sandboxFor(model, wanted);
  const build = () => buildModel(model, sandbox.enclosure);
  return { subject: model, name: model.name, declared: true, build, sandbox };
}

/** Said before anything of the stranger's runs. */
function sandboxFor(model: Model, wanted: Sandbox): Chosen {
  const chosen = chooseSandbox(wanted, model);
  if (chosen.warning) console.error(stderr.yellow(`warning: ${chosen.warning}`));
  return chosen;
}

/** The promises of a server that has written none down. */
const assumed = (command: readonly string[], profile: ProfileName | undefined): Manifest => ({
  ...{ version: 1, title: "A server", summary: "Nothing is known of it.", protocol: profile === "udp" ? "udp" : "tcp" },
  ...{ command, ready: "listen", clients: profile === "sequential" ? 1 : "many", overload: "queue", idle: "sleeps" },
  ...{ isolation: "none", options: {}, env: {}, build: null, requires: { os: [], commands: [] } },
});

/** The words that make the kernel fail: `accept4:error=EMFILE:when=1..3`. */
export function injecting(fault: string): string[] {
  if (!isOnPath("strace")) throw new ManifestError("--inject needs strace on PATH");
  const [call = "", ...what] = fault.split(":");
  if (!/^[a-z_0-9]+$/.test(call) || !what.some((part) => /^(error|retval|delay_enter|delay_exit)=\w+$/.test(part)))
    throw new ManifestError(
      `--inject ${fault}: it is a system call and a fault, such as accept4:error=EMFILE:when=1..3`,
    );
  // -D: strace is the grandchild, and the server stays the first process, whom signals are for.
  return ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${fault}`];
}

/** `127.0.0.1:7000`, `[::1]:7000`: of this machine. */
export function address(text: string): { host: string; port: number } {
  const [, six, four, port] = /^(?:\[(::1)\]|(127\.\d+\.\d+\.\d+|localhost)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? four?.replace("localhost", "127.0.0.1");
  if (!host || Number(port) < 1 || Number(port) > 65_535)
    throw new InvalidArgumentError(
      "It is an address of this machine and a port, such as 127.0.0.1:7000: nobody else's server is put under load.",
    );
  return { host, port: Number(port) };
}

/** The case that holds 1,000 clients, and what it takes of this process. */
const CROWD = { id: "tcp/many-clients/1000-held", descriptors: 1100 };

/** Says before the grade begins what this process has too few descriptors for. Node has raised the soft limit to the hard one. */
export function warnOfLimit(cases: readonly { readonly id: string }[]): void {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === undefined || Number(limit) >= CROWD.descriptors || !cases.some(({ id }) => id === CROWD.id)) return;
  const words = `this needs about ${CROWD.descriptors} descriptors; ulimit -n is ${limit}: cases with more clients cannot be verified`;
  console.error(stderr.yellow(words));
}
