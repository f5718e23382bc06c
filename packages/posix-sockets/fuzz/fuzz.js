// Calls everything that posix-sockets exports, with right and wrong arguments, against the kernel: `pnpm fuzz-sockets
// [--minutes N] [--seed N]`. Each run is a process of its own, so that one that is ended by a signal is told too.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const STEPS = 20_000;
const LONGEST_RUN_MS = 300_000;
const LAST_CALLS = 24; // lines
const program = fileURLToPath(new URL("./program.js", import.meta.url));

/** @returns how many calls were made, and what was found, or undefined */
export function run(seed, steps) {
  const folder = mkdtempSync(join(tmpdir(), "posix-sockets-fuzz-"));
  const log = join(folder, "calls");
  try {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, seed, steps, log].map(String), {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_RUN_MS,
      killSignal: "SIGKILL",
    });
    if (status === 0) return { calls: JSON.parse(stdout).calls, found: undefined };
    const last = readFileSync(log, "utf8").trimEnd().split("\n").slice(-LAST_CALLS).join("\n");
    const found = `seed ${seed}: ended by ${signal ?? `exit code ${status}`}\n${stderr.trim()}\nthe last calls:\n${last}`;
    return { calls: Number(/^(\d+) .*\n?.*$/.exec(last.split("\n").at(-2) ?? "")?.[1] ?? 0), found };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main() {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "1" }, seed: { type: "string", default: String(Date.now() % 1e9) } },
  });
  const [minutes, first] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0) || !Number.isInteger(first)) {
    console.error("fuzz-sockets: --minutes is a number above 0, --seed a whole number");
    process.exit(2);
  }
  const end = performance.now() + minutes * 60_000;
  let [calls, finds, seed] = [0, 0, first];
  for (; performance.now() < end; seed += 1) {
    const result = run(seed, STEPS);
    calls += result.calls;
    if (result.found === undefined) continue;
    finds += 1;
    console.log(result.found);
  }
  console.log(`${calls} calls, ${finds} finds, seeds ${first} to ${seed - 1}`);
  process.exit(finds === 0 ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
