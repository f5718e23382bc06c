// One run: `program.js SEED STEPS LOG`. Prints JSON; what was called last stands in LOG, for it may end by a signal.
import { ftruncateSync, openSync, writeSync } from "node:fs";
import { closedCalls, isRefused, otherCalls, waitingCalls } from "./calls.js";
import { ringCalls } from "./ring-calls.js";
import { makeState, socketCalls } from "./socket-calls.js";
import { Find, Values, Wrong } from "./values.js";
import { Bystanders } from "./world.js";

const [seed, steps] = process.argv.slice(2, 4).map(Number);
const log = openSync(process.argv[4], "w");
const v = new Values(seed);
const bystanders = new Bystanders();
const state = makeState();
const calls = Object.entries({
  ...socketCalls(v, state),
  ...closedCalls(v, state),
  ...waitingCalls(v, state),
  ...otherCalls(v, state),
  ...(isRefused() ? {} : ringCalls(v)),
});

let done = 0;
process.on("exit", (code) => {
  if (code === 0 && done !== steps) process.exitCode = 1;
});
for (; done < steps; done += 1) {
  if (done % 2000 === 0) ftruncateSync(log);
  if (done % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  step(...v.of(calls));
  if (done % 50 === 0) for (const connection of state.connections) connection.drain();
  if (done % 200 === 0) bystanders.check();
}
bystanders.check();
writeSync(1, JSON.stringify({ calls: done }));
process.exit(0); // an acceptAsync may be pending

function step(name, call) {
  const make = (value) => {
    const isWrong = value instanceof Wrong;
    if (isWrong) make.isWrong = true;
    const argument = isWrong ? value.value : value;
    make.said.push(`${isWrong ? "WRONG " : ""}${show(argument)}`);
    return argument;
  };
  Object.assign(make, { isWrong: false, buffers: [], said: [] });
  writeSync(log, `${done} ${name}\n`);
  const outcome = attempt(call, make);
  const about = `${name}(${make.said.join(", ")})`;
  writeSync(log, `  ${make.said.join(", ")}: ${outcome instanceof Error ? outcome : "returned"}\n`);
  if (outcome instanceof Find) throw new Find(`${about}: ${outcome.message}`);
  if (make.buffers.some(({ isIntact }) => !isIntact())) throw new Find(`${about} wrote beside its bytes`);
  const hasThrown = outcome instanceof Error;
  if (make.expects && outcome?.code !== make.expects)
    throw new Find(`${about} did not throw ${make.expects}: ${outcome}`);
  if (make.isWrong && !hasThrown) throw new Find(`${about} took a wrong argument`);
  if (!make.isWrong && !make.expects && (outcome instanceof TypeError || outcome instanceof RangeError))
    throw new Find(`${about} refused what is right: ${outcome.stack}`);
}

function attempt(call, make) {
  try {
    return call(make);
  } catch (error) {
    return error;
  }
}

function show(value) {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "number" || typeof value === "bigint" || value == null || typeof value === "boolean")
    return String(value);
  return typeof value === "object" ? Object.prototype.toString.call(value) : typeof value;
}
