import { spawnSync } from "node:child_process";
import { bubblewrap, notShown } from "./bubblewrap.ts";
import type { Model } from "./discovery.ts";
import { isForeign } from "./foreign.ts";
import { ManifestError } from "./manifest.ts";
import { systemProgram } from "./system-program.ts";

// What a server runs in, so that all that it starts is known, and can be ended.
//
// bubblewrap: a PID namespace (pid_namespaces(7)), which no process can leave, and a file system in which there is
//   little but the server's own folder.
// namespace: the PID namespace alone.
// session: neither. A process that starts a session of its own has left it. Enough for the servers of this checkout,
//   which do not, and where the kernel allows no more.

export type Enclosure = "bubblewrap" | "namespace" | "session";

/** What a person asks for: `auto` is the best that works here, `none` is no sandbox. */
export type Sandbox = "auto" | "bwrap" | "none";

export interface Chosen {
  readonly enclosure: Enclosure;
  /** Which one it is, in words. */
  readonly words: string;
  /** What a person must know before a stranger's program runs in it. */
  readonly warning?: string;
}

export const INSTALL_BUBBLEWRAP = "install bubblewrap: apt-get install bubblewrap";

export const NO_NAMESPACE = "this machine gives no PID namespace: a process that leaves its session is not seen";

/**
 * The sandbox for this server. Each is tried by running a program in it. @throws ManifestError where `bwrap` does not
 * work, or the server needs more than the sandbox shows: it must not come to have no sandbox by that
 */
export function chooseSandbox(wanted: Sandbox, model: Model): Chosen {
  if (!isForeign(model) && wanted === "auto")
    return { enclosure: "session", words: "none: it belongs to this checkout" };
  const failure = wanted === "none" ? "asked for: --sandbox none" : bubblewrapFailure(model);
  if (failure === undefined) {
    const words = "bubblewrap: the system's programs and its own folder, read-only; network: this machine's";
    return { enclosure: "bubblewrap", words };
  }
  if (wanted === "bwrap") throw new ManifestError(`--sandbox bwrap: ${failure}`);
  const enclosure = namespaceOrSession();
  const how = enclosure === "namespace" ? "none, a PID namespace only" : `none: ${NO_NAMESPACE}`;
  const warning = `no sandbox (${failure}): the server runs with your rights, and can read and write what you can`;
  return { enclosure, words: `${how} (${failure})`, warning };
}

/** Without a file system of its own: what bench, serve and soak use for a stranger's server. */
export function namespaceOrSession(): Enclosure {
  canUnshare ??= runs([...unshare(), "/bin/sh", "-c", ":"]) === undefined;
  return canUnshare ? "namespace" : "session";
}

let canUnshare: boolean | undefined;

function bubblewrapFailure(model: Model): string | undefined {
  if (!systemProgram("bwrap")) return `there is no bwrap; ${INSTALL_BUBBLEWRAP}`;
  const why = notShown(model);
  if (why) throw new ManifestError(`${model.name}: ${why} (or --sandbox none, if you trust it)`);
  const said = runs([...bubblewrap(model, { isBuild: false }), "/bin/sh", "-c", ":"]);
  return said === undefined ? undefined : `bubblewrap does not work here: ${said}`;
}

/** What the command said when it failed; undefined when it ran. */
function runs([program, ...words]: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program!, words, { encoding: "utf8", env: {} });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `exit code ${status}`);
}

/**
 * The first process of the namespace: it starts the server, reports on descriptor 3 how that ended, collects the
 * orphans, and ends when none is left. When it is killed, the kernel kills all the others.
 */
const INIT = `
exec 4>&2 2>/dev/null
(exec 2>&4 3>&- 4>&-; exec "$@")
echo $? >&3
exec >&- 3>&- 4>&-
while kill -s 0 -- -1; do sleep 0.1; done
`;

/** The command, in the words that run it in an enclosure. @param isBuild whether it may write to the server's folder */
export function enclosed(
  enclosure: Enclosure,
  model: Model,
  command: readonly string[],
  isBuild = false,
): readonly string[] {
  if (enclosure === "session") return command;
  const outside = enclosure === "bubblewrap" ? bubblewrap(model, { isBuild }) : unshare();
  // A session of its own within, or the server's signals to its own group would reach the ones outside.
  return [...outside, "/bin/sh", "-c", INIT, "init", systemProgram("setsid")!, ...command];
}

function unshare(): readonly string[] {
  const asUser = process.getuid?.() === 0 ? [] : ["--user", "--map-current-user"];
  return [systemProgram("unshare") ?? "unshare", ...asUser, "--pid", "--mount-proc", "--fork", "--kill-child=KILL"];
}
