import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, ownGroups, pause, projectRoot } from "@echolab/model";
import { afterEach, expect, test } from "vitest";
import { forget, left, outcome, start, startedBy } from "./echolab.ts";

const SEED = 987_654_343;
/** Milliseconds from the start of one until it is killed: from before the first check to within the blocks. */
const MOMENTS = [100, 400, 900, 1500, 2200, 3000, 4200, 5600, 7500, 10_000];
const LEFT_AFTER_MS = 2000;

afterEach(() => forget(SEED));

const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
const foldersOfGroups = (controller: string) => ownGroups(controller).flatMap(({ folders }) => folders);
/** Temporary folders, control groups, and drafts of files: all that this run makes and does not keep. */
const traces = (pid: number) => [
  ...namesIn(tmpdir()).filter((name) => name.startsWith("echolab-self-test-")),
  ...["pids", "memory"]
    .flatMap(foldersOfGroups)
    .flatMap(namesIn)
    .filter((name) => name.startsWith(`echolab-${pid}-`)),
  ...namesIn(join(projectRoot(), "runs")).filter((name) => name.startsWith(".probe-")),
];

test.each(MOMENTS)("SIGKILL after %i ms leaves nothing after 2 s", { timeout: 180_000 }, async (moment) => {
  const words = ["event-loop", "thread-per-connection", "process-per-connection", "--scenario", "round-trip,crowd"];
  const command = start(["bench", "--quick", "--seed", String(SEED), ...words]);
  const ended = outcome(command);
  await pause(moment);
  const started = startedBy(command);
  command.kill("SIGKILL");
  await ended;
  expect(await eventually(() => left(started).length === 0, LEFT_AFTER_MS), "processes").toBe(true);
  await eventually(() => traces(command.pid!).length === 0, LEFT_AFTER_MS);
  expect(traces(command.pid!)).toEqual([]);
});
