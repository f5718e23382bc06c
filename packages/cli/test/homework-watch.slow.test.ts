import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, pause } from "@echolab/model";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { left, outcome, start, startedBy } from "./echolab.ts";

const LONG = 300_000;
const folder = mkdtempSync(join(tmpdir(), "echolab-watch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// It starts, and answers nobody: that is graded at once.
const SERVER = `require("node:net").createServer(() => process.exit(7))
  .listen(0, "127.0.0.1", function () { console.log("listening on 127.0.0.1:" + this.address().port); });
`;

const MANIFEST = {
  ...{ version: 1, title: "T", summary: "S.", protocol: "tcp", command: ["node", "server.cjs"], ready: "line" },
  ...{ clients: "many", overload: "refuse", idle: "sleeps", isolation: "none" },
};

/** Graders of this watch that run. A child that a grader has just forked still has its command line, and is none. */
const graders = (watch: ReturnType<typeof start>) => left(startedBy(watch)).filter((pid) => isGrader(pid, watch.pid!));

function isGrader(pid: number, watch: number): boolean {
  try {
    const isChild = readFileSync(`/proc/${pid}/status`, "utf8").includes(`\nPPid:\t${watch}\n`);
    return isChild && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0grade\0");
  } catch {
    return false; // it has just ended
  }
}

describe("watch", { timeout: LONG }, () => {
  const model = join(folder, "mine");
  const save = (text: string) => writeFileSync(join(model, "server.cjs"), SERVER + text);
  beforeEach(() => {
    rmSync(model, { recursive: true, force: true });
    mkdirSync(model);
    writeFileSync(join(model, "model.json"), JSON.stringify(MANIFEST));
    save("");
  });
  /** Watches the folder, and keeps what it prints. */
  const watch = () => {
    const child = start(["homework", "watch", model], folder);
    const said = { text: "" };
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        said.text += chunk;
      });
    const says = async (words: RegExp) =>
      expect(await eventually(() => words.test(said.text), LONG / 3), said.text).toBe(true);
    return { child, said, says };
  };

  test("says when it has graded, and goes on after its grader was killed, after a rename, and without its folder", async () => {
    const { child, said, says } = watch();
    await says(/mine: graded \(\d\d:\d\d:\d\d\); waiting for the next save/);
    save("// again\n");
    expect(await eventually(() => graders(child).length === 1, LONG / 3)).toBe(true);
    process.kill(graders(child)[0]!, "SIGKILL");
    await says(/mine: the grader was ended by SIGKILL \(/);
    writeFileSync(join(model, ".server.cjs.swp"), `${SERVER}// by rename\n`);
    renameSync(join(model, ".server.cjs.swp"), join(model, "server.cjs"));
    await says(/mine: graded again \(3rd, /);
    renameSync(model, `${model}-away`);
    await says(/mine is gone: waiting until it is there again/);
    renameSync(`${model}-away`, model);
    save("// back\n");
    await says(/mine: graded again \(4th, /);
    expect(said.text.match(/is gone/g)).toHaveLength(1);
    await end(child, "SIGTERM");
  });

  test("grades once more after many saves, and never twice at the same time", async () => {
    const { child, said, says } = watch();
    await says(/mine: graded \(/);
    for (let i = 0; i < 10; i += 1) save(`// ${i}\n`);
    let most = 0;
    await eventually(() => {
      most = Math.max(most, graders(child).length);
      return /graded again/.test(said.text);
    }, LONG / 3);
    await says(/mine: graded again \(2nd, /);
    save("// one\n");
    expect(await eventually(() => graders(child).length === 1, LONG / 3)).toBe(true);
    const [first] = graders(child);
    save("// and another one, while that is graded\n");
    await eventually(() => {
      most = Math.max(most, graders(child).length);
      return /\(4th, /.test(said.text);
    }, LONG / 3);
    await says(/mine: graded again \(4th, /);
    expect(said.text).not.toContain("(3rd, "); // that one was ended by the save
    expect(left([first!])).toEqual([]);
    expect(most).toBe(1);
    await end(child, "SIGINT");
  });

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "ended by %s leaves nothing, whenever that is",
    async (signal) => {
      for (let i = 0; i < 4; i += 1) {
        const { child } = watch();
        expect(await eventually(() => graders(child).length === 1, LONG / 10)).toBe(true);
        await pause(i * 400);
        await end(child, signal);
      }
    },
  );

  async function end(child: ReturnType<typeof start>, signal: NodeJS.Signals): Promise<void> {
    const pids = startedBy(child);
    const ended = outcome(child);
    child.kill(signal);
    expect((await ended).code).toBe(signal === "SIGKILL" ? null : 130);
    expect(await eventually(() => left(pids).length === 0, 10_000), `left: ${left(pids)}`).toBe(true);
  }
});
