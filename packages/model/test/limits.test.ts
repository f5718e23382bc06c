import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { MemoryWatch } from "../src/memory-watch.ts";
import { ServerProcess } from "../src/server-process.ts";
import { READY, shellServer } from "./shell-server.ts";

test("no limit is higher than the tool's own hard one, CPU time included", { timeout: 30_000 }, () => {
  const limits = JSON.stringify({ cpu: 300, descriptors: 5000, fileSize: 1024 });
  const script = `
    import { Limited } from ${JSON.stringify(new URL("../dist/limits.js", import.meta.url).href)};
    console.log(new Limited(${limits}, "session").command(["true"]).slice(1).join(" "));`;
  const under = (limit: string) => {
    const words = ["-c", `${limit} exec "$0" --input-type=module --eval "$1"`, process.execPath, script];
    return spawnSync("/bin/sh", words, { encoding: "utf8" }).stdout;
  };
  expect(under("ulimit -t 100; ulimit -n 1000;")).toBe("--nofile=1000:1000 --cpu=100:100 --fsize=1024:1024 true\n");
  expect(under("ulimit -t 302;")).toContain("--cpu=300:302 ");
});

test("a look at the memory that fails is no end of the tool: the next one counts", () => {
  let looks = 0;
  const kills: number[] = [];
  const processes = () => {
    looks += 1;
    if (looks === 1) throw Object.assign(new Error("EMFILE: too many open files, scandir '/proc'"), { code: "EMFILE" });
    return [{ pid: process.pid, state: "R", parent: 1, group: 1, session: 1, ticks: 0, childTicks: 0 }];
  };
  const watch = new MemoryWatch(2 ** 20, { processes, kill: () => kills.push(looks) }, { isOutOfMemory: false });
  watch.look();
  expect(watch.exceeded).toBeUndefined();
  watch.look();
  expect({ kills, exceeded: watch.exceeded }).toEqual({ kills: [2], exceeded: "used more than 1 MiB of memory" });
});

test("the memory of a server that is measured is looked at before it is first parked", {
  timeout: 30_000,
}, async () => {
  const hoards = `perl -e '$x = "x" x 100_000_000; sleep 60' & while :; do sleep 1; done`;
  const options = { isMeasured: true, limits: { memory: 50 * 2 ** 20 } };
  const server = await ServerProcess.start(shellServer(`${READY} ${hoards}`), options);
  try {
    await server.ended;
    expect(server.exceeded).toBe("used more than 50 MiB of memory");
  } finally {
    await server.stop();
  }
});
