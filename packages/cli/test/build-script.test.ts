import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../bin/build.sh", import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Checkout {
  /** Its path ends with this. */
  readonly name?: string;
  readonly agent?: string;
  /** Whether pnpm is on PATH. */
  readonly pnpm?: boolean;
  /** Whether turbo is installed, and may run; `noexec` is what test(1) sees of a file on such a mount. */
  readonly turbo?: "runs" | "noexec" | "missing";
}

/** Runs the script in a checkout that has nothing but this. */
function build({ name = "echolab", agent = "pnpm/12.21.0 npm/? node/v20", pnpm = true, turbo = "runs" }: Checkout) {
  const top = mkdtempSync(join(tmpdir(), "echolab-build-"));
  folders.push(top);
  const [folder, bin] = [join(top, name), join(top, name, "node_modules/.bin")];
  const program = (file: string, mode = 0o755) => {
    writeFileSync(join(bin, file), "#!/bin/sh\n");
    chmodSync(join(bin, file), mode);
  };
  mkdirSync(bin, { recursive: true });
  if (pnpm) program("pnpm");
  if (turbo !== "missing") program("turbo", turbo === "runs" ? 0o755 : 0o644);
  const env = { PATH: pnpm ? `${bin}:/usr/bin:/bin` : bin, npm_config_user_agent: agent, npm_lifecycle_event: "bench" };
  return new Promise<{ code: unknown; stderr: string }>((resolve) =>
    execFile("/bin/sh", [script], { cwd: folder, env }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    ),
  );
}

describe("a command that builds first", () => {
  test.each([
    ["a colon in its path", { name: "a:b" }, "its path has a colon"],
    ["pnpm 9", { agent: "pnpm/9.15.9 npm/? node/v20" }, "pnpm 9.15.9: it takes pnpm 12: npx --yes pnpm@12 bench"],
    ["pnpm 10", { agent: "pnpm/10.1.0 npm/? node/v20" }, "pnpm 10.1.0: it takes pnpm 12: npx --yes pnpm@12 bench"],
    ["no pnpm on PATH", { agent: "npm/10", pnpm: false }, "there is no pnpm on PATH: npx --yes pnpm@12 bench"],
    ["a noexec mount", { turbo: "noexec" }, "mounted noexec: move the checkout"],
    ["nothing installed", { turbo: "missing" }, "not installed: npx --yes pnpm@12 install"],
  ] as const)("says in one line what to do with %s", async (_, checkout, advice) => {
    const { code, stderr } = await build(checkout);
    expect(stderr).toMatch(/^echolab: .*\n$/);
    expect(stderr).toContain(advice);
    expect(code).toBe(1);
  });

  test("says nothing of this where all is as it should be", async () => {
    expect(await build({})).toEqual({ code: 0, stderr: "building: the first time takes a while\n" });
  });
});
