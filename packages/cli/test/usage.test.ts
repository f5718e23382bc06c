import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { echolab } from "./echolab.ts";

const folder = mkdtempSync(join(tmpdir(), "echolab-usage-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.concurrent.each([
  [["bnech"], "Did you mean bench?"],
  [["bench", "--quik"], "Did you mean --quick?"],
  [["bench", "evnt-loop"], 'did you mean "event-loop"?'],
  [["bench", "busy-wait:when-nothing=slep"], 'did you mean "sleep"?'],
  [["bench", "busy-wait:when-nothin=sleep"], 'did you mean "when-nothing"?'],
  [["bench", "event-loop:colour=red"], "it has none"],
  [["bench", "--scenario", "thruput"], 'did you mean "throughput"?'],
  [["bench", "--clients", "0"], "a whole number from 1 to 10000"],
  [["bench", "--bytes", "1e9"], "a whole number from 1 to 262144"],
  [["bench", "--budget", "5"], "such as 90s or 5m"],
  [["bench", "--seed", "-1"], "a whole number from 0"],
  [["bench", "--scenario", "idle", "--clients", "5"], "it is for throughput, churn, crowd"],
  [["bench", "--topology", "sprit"], 'did you mean "split"?'],
  [["bench", "epoll", "--scenario", "datagrams"], "for servers that speak UDP, and none of these does"],
  [["bench", "--rate", "5"], "messages a second, 50 to 1000000, or a share"],
  [["bench", "--scenario", "throughput", "--rate", "500"], "it is for open-loop"],
  [["bench", "--slo", "p98<5ms"], "a percentile, p50, p90, p99 or p99.9"],
  [["bench", "--quick", "--full"], "cannot be used with option"],
  [["bench", "--workload", "./chat.jsn"], "no such file; examples are in benchmarks/workloads"],
  [["bench", "event-loop", "--against", "no-such-revision"], 'git knows no revision "no-such-revision"'],
  [["report", "no-such-run"], 'no run "no-such-run"'],
  [["compare", "last"], "missing required argument 'after'"],
  [["serve"], "missing required argument 'model'"],
  [["serve", "sequential", "--port", "abc"], "a whole number from 0 to 65535"],
  [["serve", "sequential", "--max-connections", "2"], "at most 1 client"],
  [["grade"], "name one server"],
  [["grade", "sequental"], 'did you mean "sequential"?'],
  [["grade", "--", "python3", "hw.py"], "the command needs {port}"],
  [["grade", "--", "no-such-command", "{port}"], 'there is no command "no-such-command" on PATH'],
  [["grade", "event-loop", "--profile", "nonblocking"], "Allowed choices are sequential, concurrent, non-blocking"],
  [["grade", "event-loop", "--only", "tcp/ecko"], 'begins with "tcp/ecko"'],
  [["grade", "event-loop", "--inject", "accept4"], "a system call and a fault"],
  [["grade", "--connect", "example.org:80"], "an address of this machine"],
  [["grade", "--connect", "127.0.0.1:1"], "no program listens on 127.0.0.1:1"],
  [["new-model"], "missing required argument 'name'"],
  [["new-model", "My Model"], "a name is made of a-z"],
  [["new-model", "epoll"], 'there is a model "epoll" already'],
  [["new-model", "conformance", "--command", "x {port}"], "packages/conformance is there already"],
  [["new-model", "mine", "--from", "epol"], 'did you mean "epoll"?'],
  [["new-model", "mine", "--from", "c-epoll"], "a model under packages/, in TypeScript"],
  [["new-model", "mine", "--command", "python3 server.py"], "the command needs {port}"],
  [["new-model", "mine", "--command", ""], "the command needs {port}"],
  [["soak"], "missing required argument 'model'"],
  [["soak", "event-loop", "--minutes", "x"], "a number from 0.1 to 1440"],
  [["homework", "start", "../x"], "a name is made of a-z"],
  [["homework", "start", "epoll"], 'there is a model "epoll" already'],
  [["homework", "start", "mine", "--language", "cobol"], "Allowed choices are"],
  [["homework", "watch", "nothing-here"], "a model is a folder with a model.json"],
  [["diff", "sequential"], "missing required argument 'b'"],
])("%j is wrong usage: exit code 2 and what to do", { timeout: 180_000 }, async (words, advice) => {
  const { code, stderr, stdout } = await echolab(words);
  expect(stderr).toContain(advice);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("a model.json with a wrong key is wrong usage, and the message names the file and the key", async () => {
  const promises = {
    protocol: "tcp",
    ready: "line",
    clients: "many",
    overload: "refuse",
    idle: "sleeps",
    isolation: "none",
  };
  const manifest = { version: 1, title: "Mine", summary: "My own.", command: ["x"], ...promises, isolatoin: "none" };
  writeFileSync(join(folder, "model.json"), JSON.stringify(manifest));
  const { code, stderr } = await echolab(["bench", "./."], folder);
  expect(stderr).toContain('model.json: unknown key "isolatoin" (did you mean "isolation"?)');
  expect(code).toBe(2);
});

test("a folder without a model.json is wrong usage", async () => {
  const { code, stderr } = await echolab(["bench", "./nothing-here"], folder);
  expect(stderr).toContain("a model is a folder with a model.json");
  expect(code).toBe(2);
});

test.each([
  "",
  "bench",
  "report",
  "compare",
  "serve",
  "diff",
  "models",
  "grade",
  "soak",
  "homework",
  "wall",
  "false-alarms",
])("help for %j exits 0", { timeout: 180_000 }, async (command) => {
  const { code, stdout } = await echolab([...(command ? [command] : []), "--help"]);
  expect(stdout).toContain("Usage: echolab");
  expect(code).toBe(0);
});

test("models lists every model with its promises", async () => {
  const { code, stdout } = await echolab(["models"]);
  expect(stdout).toContain("sequential · Sequential, blocking");
  expect(stdout).toContain("1 client at once; one more waits");
  expect(stdout).toContain(":when-nothing=spin (default) | sleep | back-off");
  expect(code).toBe(0);
});

test("models --json is the manifests, by name", async () => {
  const models = JSON.parse((await echolab(["models", "--json"])).stdout);
  const names = models.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(["busy-wait", "event-loop", "sequential"]));
});

test("diff marks what only one of the two servers has", async () => {
  const { code, stdout } = await echolab(["diff", "sequential", "event-loop"]);
  expect(stdout).toMatch(/^-.*accept/m);
  expect(stdout).toMatch(/^\+.*createServer/m);
  expect(stdout).toMatch(/from runs|No run has measured both yet/);
  expect(code).toBe(0);
});

test("diff shows every file of the servers", async () => {
  const { stdout } = await echolab(["diff", "thread-per-connection", "thread-pool"]);
  expect(stdout).toMatch(/^serve\.ts$[\s\S]*^worker\.ts$[\s\S]*^\+.*listener/m);
});

test("diff of two options says that the program is one", async () => {
  const { code, stdout } = await echolab(["diff", "busy-wait", "busy-wait:when-nothing=sleep"]);
  expect(stdout).toContain("one program with other options");
  expect(code).toBe(0);
});
