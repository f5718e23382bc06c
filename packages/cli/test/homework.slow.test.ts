import { appendFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { eventually, isOnPath, projectRoot } from "@echolab/model";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { echolab, left, outcome, start, startedBy } from "./echolab.ts";

const NAME = `test-${process.pid}`;
const LONG = 240_000;
const folder = join(projectRoot(), "homework", NAME);

describe("homework", { timeout: LONG }, () => {
  beforeEach(({ skip }) => skip(!isOnPath("python3"), "needs python3 on PATH"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("start makes a folder that is graded at once, and refuses one that is there", async () => {
    const { code, stdout } = await echolab(["homework", "start", NAME, "--language", "python"], projectRoot());
    expect(code).toBe(0);
    expect(stdout).toContain(`./homework/${NAME} is there: `);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["model.json", "server.py"]));
    const again = await echolab(["homework", "start", NAME], projectRoot());
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("is there already: choose another name");
  });

  test("watch grades, grades again after a save, and ends at Ctrl-C with all that it has started", async () => {
    expect(existsSync(folder)).toBe(true);
    const child = start(["homework", "watch", `./homework/${NAME}`], projectRoot());
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    const graded = () => text.split("waiting for the next save").length - 1;
    expect(await eventually(() => graded() === 1, LONG / 3), text).toBe(true);
    appendFileSync(join(folder, "server.py"), "\n# saved\n");
    expect(await eventually(() => graded() === 2, LONG / 3), text).toBe(true);
    appendFileSync(join(folder, "server.py"), "\n# saved once more\n");
    expect(await eventually(() => startedBy(child).length > 1, LONG / 6)).toBe(true);
    const pids = startedBy(child);
    const end = outcome(child);
    process.kill(-child.pid!, "SIGINT");
    expect((await end).code).toBe(130);
    expect(await eventually(() => left(pids).length === 0, 5000)).toBe(true);
  });
});
