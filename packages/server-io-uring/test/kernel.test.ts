import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isOnPath } from "@echolab/model";
import { beforeEach, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../dist/main.js", import.meta.url));

describe("io-uring, where the kernel refuses", { timeout: 180_000 }, () => {
  beforeEach(({ skip }) => skip(!isOnPath("strace"), "needs strace on PATH"));

  test.each([
    ["EPERM", "io_uring is forbidden here: see /proc/sys/kernel/io_uring_disabled"],
    ["ENOSYS", "this kernel has no io_uring"],
    ["EINVAL", "io_uring needs Linux 6.1 or newer"],
  ])("%s ends it with exit code 69 and one line that says what to do", (error, advice) => {
    const inject = ["--quiet=all", "--follow-forks", "--output=/dev/null", `--inject=io_uring_setup:error=${error}`];
    const { status, stdout, stderr } = spawnSync("strace", [...inject, process.execPath, program, "--port", "0"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    expect(stderr).toMatch(/^io-uring: io_uring_setup E\w+: .*\n$/);
    expect(stderr).toContain(advice);
    expect(stdout).toBe("");
    expect(status).toBe(69);
  });
});
