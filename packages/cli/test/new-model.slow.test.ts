import { execFile } from "node:child_process";
import { appendFileSync, copyFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "@echolab/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const LONG = 300_000;

describe("new-model, in a clone of its own", { timeout: LONG }, () => {
  const folder = join(tmpdir(), `echolab-new-model-${process.pid}`); // made by git: where all is skipped, nobody would remove it
  // As a person would type it: pnpm tells the scripts that it runs to install nothing.
  const clean = Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name));
  const env = { ...Object.fromEntries(clean), CONFORMANCE: "", INIT_CWD: folder, NO_COLOR: "1" };
  const pnpm = (...words: string[]) => run("npx", ["--yes", "pnpm@12", ...words], { cwd: folder, env });
  beforeAll(() => run("git", ["clone", "--quiet", projectRoot(), folder]), LONG);
  afterAll(() => rmSync(folder, { recursive: true, force: true }), LONG);

  test("a package and a program in another language have a row in the table at once", async () => {
    await pnpm("new-model", "my-epoll", "--from", "epoll");
    copyFileSync(
      join(projectRoot(), "packages/homework/solutions/non-blocking-python/server.py"),
      join(folder, "server.py"),
    );
    const { stdout: made } = await pnpm("new-model", "my-python", "--command", "python3 server.py {host} {port}");
    expect(made).toContain("packages/my-python is there");
    expect(made).not.toContain("still to come");
    const { stdout: models } = await pnpm("models");
    expect(models).toMatch(/^my-epoll /m);
    expect(models).toMatch(/^my-python /m);
    const { stdout: table } = await pnpm(
      "bench",
      "my-epoll",
      "my-python",
      "event-loop",
      "--quick",
      "--scenario",
      "round-trip",
    );
    expect(table).toMatch(/^my-epoll +\d/m);
    expect(table).toMatch(/^my-python +\d/m);
  });

  test("the package passes its conformance test", async () => {
    const { stdout } = await pnpm("exec", "vitest", "run", "packages/server-my-epoll");
    expect(stdout).toMatch(/[1-9]\d* passed, 0 failed/);
  });

  test("a package that does not compile is left out, and no other one with it", async () => {
    const source = join(folder, "packages/server-my-epoll/src/serve.ts");
    appendFileSync(source, "const broken: number = ;");
    const bench = pnpm("bench", "my-epoll", "my-python", "--quick", "--scenario", "round-trip");
    const { code, stdout, stderr } = await bench.catch((error) => error);
    expect(code).toBe(1);
    expect(stderr).toContain("server-my-epoll does not compile");
    expect(stdout).toMatch(/^not timed: my-epoll: its build failed: src\/serve\.ts\(\d+,\d+\): error TS1109/m);
    expect(stdout).toMatch(/^my-python +\d/m);
    await expect(pnpm("build")).rejects.toThrow("error TS1109");
    copyFileSync(join(folder, "packages/server-epoll/src/serve.ts"), source);
    await pnpm("build");
  });

  test("an interpreter with a version is no file", async () => {
    const { stdout } = await pnpm("new-model", "my-versions", "--command", "env python3.99 echo.py 127.0.0.1 {port}");
    expect(stdout).toContain("still to come: packages/my-versions/echo.py\n");
    const { stdout: other } = await pnpm("new-model", "my-version", "--command", "python3.99 echo.py {host} {port}");
    expect(other).toContain("still to come: packages/my-version/echo.py\n");
  });

  test("a program that is not there yet is asked for", async () => {
    const { stdout } = await pnpm("new-model", "my-ruby", "--command", "ruby echo.rb {port}");
    expect(stdout).toContain("still to come: packages/my-ruby/echo.rb");
  });
});
