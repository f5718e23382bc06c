import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { READY, runs, shellServer } from "./shell-server.ts";

/** Starts a server in a session as an ordinary user, stops it, and prints what is said of it. */
const tool = (model: object) => `
  import { ServerProcess } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
  const server = await ServerProcess.start(${JSON.stringify(model)}, { enclosure: "session" });
  await server.stop();
  console.log(server.unendable);`;

test("a process that this user may not end is a verdict on the server, and the tool does not wait for it", {
  timeout: 60_000,
}, ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can make a program that becomes root");
  const folder = mkdtempSync(join(tmpdir(), "echolab-unendable-"));
  let left: number | undefined;
  const becomesRoot = join(folder, "setpriv");
  try {
    chmodSync(folder, 0o755);
    copyFileSync("/usr/bin/setpriv", becomesRoot);
    chmodSync(becomesRoot, 0o4755);
    const model = shellServer(
      `${becomesRoot} --reuid 0 sleep 60 & until grep -q sleep /proc/$!/comm; do sleep 0.01; done; ${READY} wait`,
    );
    // It may read the checkout, also where that is in a folder of root's own.
    const reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
    const user = ["--reuid", "nobody", "--clear-groups", ...reads];
    const node = [process.execPath, "--input-type=module", "--eval", tool(model)];
    const said = execFileSync("setpriv", [...user, ...node], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL(".", import.meta.url)),
    });
    left = Number(/^it started a process that this user may not end: (\d+) sleep$/m.exec(said)?.[1]);
    expect(runs(left)).toBe(true);
  } finally {
    if (left) process.kill(left, "SIGKILL");
    rmSync(folder, { recursive: true });
  }
});
