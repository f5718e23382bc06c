import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { buildHome } from "./cache.ts";
import { type Model, pathOf } from "./discovery.ts";
import { projectRoot } from "./root.ts";
import { systemProgram } from "./system-program.ts";

// The sandbox of bubblewrap (bwrap(1)): its own processes, users, host name and shared memory, and a file system with
// the system's programs, the toolchain and the server's folder. The network is this tool's: the clients are here.

const NAMESPACES = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"];
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
  return [
    systemProgram("bwrap")!,
    ...NAMESPACES,
    ...["--cap-drop", "ALL", "--die-with-parent", "--as-pid-1"],
    ...system(),
    ...["--dev", "/dev", "--proc", "/proc", ...tmpfs("/tmp"), ...tmpfs("/dev/shm")],
    ...["--dir", model.folder],
    ...[...toolchain(model), ...checkout(model)].flatMap((path) => ["--ro-bind", path, path]),
    ...(model.files ?? [model.folder]).flatMap((path) => [isBuild ? "--bind" : "--ro-bind", path, path]),
    ...(isBuild ? ["--bind", home, home] : []),
    ...["--clearenv", "--setenv", "PATH", process.env["PATH"] ?? "/usr/bin:/bin", "--setenv", "HOME", home],
    ...["--setenv", "LANG", process.env["LANG"] ?? "C.UTF-8", "--chdir", model.folder, "--"],
  ];
}

/** /usr, and beside it what some systems keep in folders of their own, and others in links to /usr. */
function system(): string[] {
  const beside = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"].filter((path) => existsSync(path));
  const etc = readdirSync("/etc").filter((name) => ETC.includes(name) || /^(java|python)/.test(name));
  return [
    ...["--ro-bind", "/usr", "/usr"],
    ...beside.flatMap((path) =>
      lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path],
    ),
    ...[...etc, "ssl/certs"].flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
  ];
}

/** Where the programs that the model names are installed, and Node, unless that is in /usr. */
function toolchain({ folder, manifest: { command, build, env, requires } }: Model): string[] {
  const names = [command[0]!, ...(build?.slice(0, 1) ?? []), ...requires.commands];
  const paths = [process.execPath, ...names.flatMap((name) => pathOf(name, folder, env["PATH"]) ?? [])];
  const installed = paths
    .filter((path) => !isWithin(path, folder))
    .flatMap((path) => [installation(path), installation(realpathSync(path))]);
  return [...new Set(installed)].filter((path) => !["/usr", "/bin", "/sbin"].some((there) => isWithin(path, there)));
}

/** The folder above bin/, as that of a version of Node or Python; of a program in a folder of many, the file alone. */
function installation(path: string): string {
  const above = dirname(dirname(path));
  const isOfOneToolchain = /^(s?bin|shims)$/.test(basename(dirname(path))) && basename(above) !== ".local";
  return isOfOneToolchain && !isWithin(homedir(), above) ? above : path;
}

/** A server in this checkout finds the checkout's packages and its compiler. */
function checkout({ folder }: Model): string[] {
  const root = projectRoot();
  if (!isWithin(folder, root)) return [];
  return ["node_modules", "packages", "package.json"].map((name) => join(root, name));
}

/**
 * Of a command that a person types, the folders of the files that it names; where it names none, the folder it is typed
 * in. Of a folder with much else in it, as the home folder, the files alone.
 */
export function filesOf(command: readonly string[], typedIn: string): readonly string[] {
  const isMuch = (folder: string) => isWithin(homedir(), folder) || isWithin(projectRoot(), folder);
  const named = command.map((word) => resolve(typedIn, word)).filter((path) => existsSync(path));
  const found = named.map((path) => (statSync(path).isDirectory() || isMuch(dirname(path)) ? path : dirname(path)));
  return [...new Set(found.length > 0 ? found : [typedIn])].filter((path) => !isMuch(path));
}

/** Whether a path is this folder, or in it. */
const isWithin = (path: string, folder: string) => `${path}${sep}`.startsWith(folder === sep ? sep : `${folder}${sep}`);
