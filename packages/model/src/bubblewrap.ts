import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { buildHome, cacheFolder } from "./cache.ts";
import { type Model, pathOf } from "./discovery.ts";
import { projectRoot } from "./root.ts";
import { systemProgram } from "./system-program.ts";

// The sandbox of bubblewrap (bwrap(1)): its own processes, users, host name and shared memory, and a file system with
// the system's programs, the toolchain and the server's folder. The network is this tool's: the clients are here.

const NAMESPACES = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"];
/** What belongs to the system. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
/** Of /etc, what programs look for: none of it is secret. */
const ETC = [
  "alternatives",
  "hosts",
  "ld.so.cache",
  "localtime",
  "nsswitch.conf",
  "passwd",
  "resolv.conf",
  "ssl/certs",
];
/** Sizes of /tmp and /dev/shm, which are in memory and go with the server. A linker needs more of it. */
const TMPFS_BYTES = 64 * 2 ** 20;
const BUILD_TMPFS_BYTES = 1024 * 2 ** 20;

/** The words before a command. @param isBuild it may write to the server's folder, and keeps a cache */
export function bubblewrap(model: Model, { isBuild }: { isBuild: boolean }): readonly string[] {
  const home = isBuild ? buildHome(model.folder) : "/tmp";
  const tmpfs = (folder: string) => ["--size", String(isBuild ? BUILD_TMPFS_BYTES : TMPFS_BYTES), "--tmpfs", folder];
  const { shown, hidden } = checkout(model);
  return [
    systemProgram("bwrap")!,
    ...NAMESPACES,
    ...(canDisableNamespaces() ? ["--disable-userns"] : []),
    ...["--cap-drop", "ALL", "--die-with-parent", "--as-pid-1"],
    ...system(),
    ...["--dev", "/dev", "--proc", "/proc", ...tmpfs("/tmp"), ...tmpfs("/dev/shm")],
    ...["--dir", model.folder],
    ...[...toolchain(model), ...shown].flatMap((path) => ["--ro-bind", path, path]),
    ...hidden.flatMap((path) => ["--tmpfs", path]),
    ...(model.files ?? [model.folder]).flatMap((path) => [isBuild ? "--bind" : "--ro-bind", path, path]),
    ...(isBuild ? ["--bind", home, home] : []),
    // These are in memory too, and have no size: nothing may be written there once all else has its place.
    ...["/", "/dev", ...hidden].flatMap((path) => ["--remount-ro", path]),
    ...["--clearenv", "--setenv", "PATH", process.env["PATH"] ?? "/usr/bin:/bin", "--setenv", "HOME", home],
    ...["--setenv", "LANG", process.env["LANG"] ?? "C.UTF-8", "--chdir", model.folder, "--"],
  ];
}

let canDisable: boolean | undefined;

/**
 * Whether the server can be kept from a user namespace of its own, in which it could mount more memory. bwrap knows how
 * from version 0.8 on, and a container may forbid it.
 */
function canDisableNamespaces(): boolean {
  const words = ["--unshare-user", "--disable-userns", "--ro-bind", "/", "/", "/bin/sh", "-c", ":"];
  canDisable ??= spawnSync(systemProgram("bwrap")!, words, { env: {} }).status === 0;
  return canDisable;
}

/** Why this server cannot be shown what its model.json names, and nothing else; undefined where it can. */
export function notShown(model: Model): string | undefined {
  const { folder, files } = model;
  if (files) return undefined; // a person has typed the command
  if (isMuch(folder)) return `${folder} holds much else: put the server and its model.json into a folder of their own`;
  const outside = programs(model).find((name) => name.includes("/") && !isShown(resolve(folder, name), folder));
  return outside && `${outside} is not in the folder of the server: copy it there, or name a program on PATH`;
}

/** /usr, and beside it what some systems keep in folders of their own, and others in links to /usr. */
function system(): string[] {
  const beside = SYSTEM.slice(1).filter((path) => existsSync(path));
  const etc = readdirSync("/etc").filter((name) => ETC.includes(name) || /^(java|python)/.test(name));
  return [
    ...["--ro-bind", "/usr", "/usr"],
    ...beside.flatMap((path) =>
      lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path],
    ),
    ...[...etc, "ssl/certs"].flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
  ];
}

/**
 * Where the programs that the model names are installed, and Node, unless that is in /usr. Only this tool's PATH counts: a
 * model.json must not choose what else the server sees. A person who types a command may name any program.
 */
function toolchain(model: Model): string[] {
  const { folder, files } = model;
  const names = programs(model).filter((name) => files || !name.includes("/"));
  const installed = [process.execPath, ...names.flatMap((name) => pathOf(name, folder) ?? [])]
    .filter((path) => !isWithin(path, folder))
    .flatMap((path) => [installation(path), installation(realpathSync(path))]);
  return [...new Set(installed)].filter((path) => !isShown(path, folder));
}

/** The programs that a model.json names. */
const programs = ({ manifest: { command, build, requires } }: Model): string[] => [
  ...[command[0]!, ...(build?.slice(0, 1) ?? []), ...requires.commands],
];

/** Whether the sandbox shows a path without a word more. */
const isShown = (path: string, folder: string) => [...SYSTEM, folder].some((there) => isWithin(path, there));

/** The folder above bin/, as that of a version of Node or Python; of a program in a folder of many, the file alone. */
function installation(path: string): string {
  const above = dirname(dirname(path));
  const isOfOneToolchain = /^(s?bin|shims)$/.test(basename(dirname(path))) && basename(above) !== ".local";
  return isOfOneToolchain && !isMuch(above) ? above : path;
}

/** A server in this checkout finds the checkout's packages and its compiler, and not what other builds have kept. */
function checkout({ folder }: Model): { shown: string[]; hidden: string[] } {
  const root = projectRoot();
  if (!isWithin(folder, root)) return { shown: [], hidden: [] };
  const shown = ["node_modules", "packages", "package.json"].map((name) => join(root, name));
  return { shown, hidden: [cacheFolder()] };
}

/**
 * Of a command that a person types, the folders of the files that it names; where it names none, the folder it is typed
 * in. Of a folder with much else in it, as the home folder, the files alone.
 */
export function filesOf(command: readonly string[], typedIn: string): readonly string[] {
  const named = command.map((word) => resolve(typedIn, word)).filter((path) => existsSync(path));
  const found = named.map((path) => (statSync(path).isDirectory() || isMuch(dirname(path)) ? path : dirname(path)));
  return [...new Set(found.length > 0 ? found : [typedIn])].filter((path) => !isMuch(path));
}

/** Whether a folder, by whatever name, holds what is not the server's: other people's files, or all that a person has. */
function isMuch(folder: string): boolean {
  const real = realpathSync(folder);
  const shared = [homedir(), projectRoot(), tmpdir(), "/tmp"].filter((path) => existsSync(path));
  return shared.some((path) => isWithin(realpathSync(path), real));
}

/** Whether a path is this folder, or in it. */
const isWithin = (path: string, folder: string) => `${path}${sep}`.startsWith(folder === sep ? sep : `${folder}${sep}`);
