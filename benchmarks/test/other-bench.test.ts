import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const compiled = new URL("../dist/other-bench.js", import.meta.url).href;
/** Two benches, one after the other; the first one stays, or is killed before. */
const script = (first: string) => `
import { spawn } from "node:child_process";
const other = spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(first)}], { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((resolve) => other.stdout.once("data", resolve));
if (process.argv[1] === "kill") {
  other.kill("SIGKILL");
  await new Promise((resolve) => other.once("exit", resolve));
}
const { otherBench } = await import(${JSON.stringify(compiled)});
console.log(JSON.stringify((await otherBench()) ?? null));
other.kill("SIGKILL");
process.exit(0);`;
const holder = `const { otherBench } = await import(${JSON.stringify(compiled)}); await otherBench(); console.log("there"); setInterval(() => {}, 1000);`;
/** In a network namespace of its own where that is allowed: a real bench may run beside this test. */
const isolated = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--net"];
const mayIsolate = await run(isolated[0]!, [...isolated.slice(1), "true"]).then(
  () => true,
  () => false,
);

test("a second bench hears since when the first one runs, and nothing of one that was killed", async ({ skip }) => {
  skip(!mayIsolate, "only root can make a network namespace");
  const ask = async (what: string) => {
    const node = [process.execPath, "--input-type=module", "-e", script(holder), what];
    return JSON.parse((await run(isolated[0]!, [...isolated.slice(1), ...node])).stdout);
  };
  const since = new Date(await ask("stay")).getTime();
  expect(Math.abs(Date.now() - since)).toBeLessThan(120_000);
  expect(await ask("kill")).toBeNull();
});
