import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, pause } from "@echolab/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forget, left, program, startedBy } from "./echolab.ts";

const TIMES = 10;
/** Of the runs that are begun. */
const SEED = 9711;

/** A right server of a stranger's, which has a process in a session of its own, and is sent no SIGTERM that ends it. */
const SERVER = `
process.on("SIGTERM", () => {});
require("child_process").spawn("sh", ["-c", "trap '' TERM HUP; sleep 60 & wait; wait"], { detached: true, stdio: "ignore" }).unref();
require("net").createServer({ allowHalfOpen: true }, (client) => client.on("error", () => {}).pipe(client))
  .listen(0, "127.0.0.1", function () { console.log("listening on 127.0.0.1:" + this.address().port); });`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "echolab-killed-"));
  chmodSync(folder, 0o755);
  const manifest = {
    ...{ version: 1, title: "A stranger", summary: "For a test.", protocol: "tcp", command: ["node", "server.cjs"] },
    ...{ ready: "line", clients: "many", overload: "queue", idle: "sleeps", isolation: "none" },
  };
  writeFileSync(join(folder, "model.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "server.cjs"), SERVER);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  forget(SEED);
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it has just ended
  }
}

/** Root, and one that is not; only this user, where it is not root. */
const users = process.getuid?.() === 0 ? ["root", "nobody"] : [undefined];

describe("a tool that is killed by SIGKILL leaves nothing after 2 s, ten times", () => {
  describe.each(users)("as %s", (user) => {
    const all = [
      ["grade", "--sandbox", "auto"],
      ["grade", "--sandbox", "none"],
      ["serve", "--port", "0"],
      ["soak", "--minutes", "1"],
      ["bench", "--seed", String(SEED)],
    ];
    // An ordinary user may not write a result into root's checkout.
    const possible = all.filter(([tool]) => tool !== "bench" || user !== "nobody");
    test.each(possible)("%s %s %s", { timeout: 600_000 }, async (...words) => {
      for (let i = 0; i < TIMES; i += 1) {
        const as = user ? ["setpriv", "--reuid", user, "--regid", "65534", "--clear-groups"] : [];
        const [first, ...rest] = [...as, process.execPath, program, ...words, folder];
        const tool = spawn(first!, rest, { detached: true, stdio: ["pipe", "ignore", "ignore"], cwd: "/" });
        const exit = once(tool, "exit");
        let pids: number[] = [];
        const isThere = () => {
          pids = startedBy(tool);
          return pids.some((pid) => commandOf(pid).includes("server.cjs"));
        };
        expect(await eventually(isThere, 60_000)).toBe(true);
        // At any moment after the start: each time at another one.
        await pause(i * 100);
        pids = [...new Set([...pids, ...startedBy(tool)])];
        tool.kill("SIGKILL");
        await exit;
        expect(await eventually(() => left(pids).length === 0, 2000), left(pids).map(commandOf).join("\n")).toBe(true);
      }
    });
  });
});
