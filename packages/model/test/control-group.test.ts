import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ControlGroup, entrance, entryFailure, parentFor } from "../src/control-group.ts";
import { ownGroups } from "../src/own-groups.ts";
import { ServerProcess } from "../src/server-process.ts";
import { READY, shellServer } from "./shell-server.ts";

const MIB = 2 ** 20;
const NONE_HERE = "this machine does not let us limit processes: no control group may be made";
const LONG = 10_000;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A machine that has these files, and no other. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "echolab-groups-"));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}
const mounted = (line: string, cgroup: string) => ({ "proc/self/mountinfo": `${line}\n`, "proc/self/cgroup": cgroup });
const VERSION_1 = "38 30 0:35 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids";
const VERSION_2 = "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw";

describe("a control group is made", () => {
  test("in version 1 below this process's own", () => {
    const root = machine(mounted(VERSION_1, "8:pids:/runner/7\n0::/\n"));
    expect(parentFor("pids", root)).toBe(join(root, "sys/fs/cgroup/pids/runner/7"));
    expect(parentFor("memory", root)).toBeUndefined();
  });

  test("in version 2 in the next one above that gives the controller, and never past a limit", () => {
    const files = {
      ...mounted(VERSION_2, "0::/user/session\n"),
      "sys/fs/cgroup/cgroup.subtree_control": "cpu pids memory\n",
      "sys/fs/cgroup/user/cgroup.subtree_control": "pids\n",
      "sys/fs/cgroup/user/memory.max": "2147483648\n",
      "sys/fs/cgroup/user/session/cgroup.subtree_control": "\n",
      "sys/fs/cgroup/user/session/pids.max": "max\n",
    };
    const root = machine(files);
    expect(parentFor("pids", root)).toBe(join(root, "sys/fs/cgroup/user"));
    expect(parentFor("memory", root)).toBeUndefined();
    expect(parentFor("pids", machine({ ...files, "sys/fs/cgroup/user/session/pids.max": "50\n" }))).toBeUndefined();
  });

  test("with its limits, holds what has entered it, and goes", async ({ skip }) => {
    const group = ControlGroup.make({ pids: 20, memory: 64 * MIB });
    skip(!group?.limits("pids"), NONE_HERE);
    const own = ownGroups("pids").flatMap((hierarchy) => hierarchy.folders)[0]!;
    const [program, ...words] = [...group!.entrance, "cat", "/proc/self/cgroup"];
    const { stdout } = spawnSync(program!, words, { encoding: "utf8" });
    const [name] = new RegExp(`echolab-${process.pid}-\\d+`).exec(stdout)!;
    expect(readFileSync(join(own, name, "pids.max"), "utf8")).toBe("20\n");
    group!.remove();
    await expect.poll(() => existsSync(join(own, name)), { timeout: LONG }).toBe(false);
  });
});

test("a program that cannot enter its group does not run, and that is no fault of its own", () => {
  const [program, ...words] = [...entrance(["/dev/null", "/dev/full"]), "echo", "it runs"];
  const { status, stdout, stderr } = spawnSync(program!, words, { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(entryFailure(status, stderr)).toMatch(/^this tool cannot enter the control group/);
  expect(entryFailure(126, "sh: cannot execute")).toBeUndefined();
});

test("memory that is no process's own counts, as in a file of /dev/shm", { timeout: 30_000 }, async ({ skip }) => {
  const probe = ControlGroup.make({ memory: 64 * MIB });
  skip(!probe?.limits("memory"), NONE_HERE);
  probe!.remove();
  const name = `/dev/shm/echolab-${process.pid}`;
  const fill = `perl -e 'open F, "+>", "${name}"; unlink "${name}"; print F "x" x 1000000 for 1..100; sleep 60'`;
  const server = await ServerProcess.start(shellServer(`${READY} ${fill} & while :; do sleep 1; done`), {
    enclosure: "session",
    limits: { memory: 32 * MIB },
  });
  try {
    await server.ended;
    expect(server.exceeded).toBe("used more than 32 MiB of memory");
  } finally {
    await server.stop();
  }
});
