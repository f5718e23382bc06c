import { size, time } from "@echolab/benchmarks";
import { type Drift, Subject, soak as soakServer } from "@echolab/conformance";
import { findModel, ManifestError, obstacle, ServerProcess, slowness } from "@echolab/model";
import { Command } from "commander";
import { typedIn, wholeNumber } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { ProgressLine, stdout } from "../terminal.ts";

export function soak(): Command {
  return new Command("soak")
    .description("Keep a server busy with good and bad clients for minutes; does anything grow?")
    .argument("<model>", "a model, or a folder of your own (./hw3)")
    .option("--minutes <n>", "how long", minutes, 5)
    .option("--seed <n>", "what the clients do, and the bytes that are sent", wholeNumber(0, 2 ** 32 - 1), 1)
    .addHelpText("after", "\nExample:\n  pnpm soak event-loop --minutes 60")
    .action(run);
}

async function run(spec: string, { minutes, seed }: { minutes: number; seed: number }): Promise<void> {
  const model = findModel(spec, typedIn);
  const why = await obstacle(model);
  if (why) throw new ManifestError(`${model.name}: ${why}`);
  if (model.manifest.protocol !== "tcp") throw new ManifestError(`${model.name} speaks UDP: a soak is for TCP`);
  const signal = interrupted();
  const line = new ProgressLine();
  const server = await ServerProcess.start(model);
  const subject = new Subject(server, { seed, slowness: slowness() });
  try {
    const { drifts, clients, bytes } = await soakServer(subject, minutes * 60_000, {
      signal,
      onSample: ({ at, descriptors, memory, latency }) => {
        const seen = [`${descriptors} descriptors`, size(memory), latency === null ? "no echo" : time(latency)];
        line.show(`${model.name} · ${seen.join(" · ")}`, minutes * 60 - at);
      },
    });
    line.clear();
    console.log(`${stdout.bold(model.name)} · ${clients} clients, ${size(bytes)} echoed, every byte as it was sent`);
    for (const drift of drifts) console.log(told(drift));
    if (signal.aborted) console.log(stdout.yellow("interrupted: this is what was seen until then"));
    const grows = drifts.some((each) => each.grows);
    const isUnknown = drifts.some(({ first, last }) => first === null || last === null);
    if (grows) console.log(stdout.red("it grows"));
    else if (isUnknown) console.log(stdout.yellow("not enough samples to say that nothing grows: take more --minutes"));
    else console.log(stdout.green("nothing grows"));
    process.exitCode = signal.aborted ? 130 : grows || isUnknown ? 1 : 0;
  } finally {
    line.clear();
    await subject.tidy();
    await server.stop();
  }
}

/** From the first third to the last one. */
function told({ what, first, last, grows }: Drift): string {
  const shown = { descriptors: String, memory: size, latency: time }[what];
  if (first === null || last === null) return `  ${what.padEnd(12)} not enough samples`;
  const text = `  ${what.padEnd(12)} ${shown(first)} in the first third, ${shown(last)} in the last`;
  return grows ? stdout.red(text) : text;
}

function minutes(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 24 * 60))
    throw new ManifestError(`--minutes ${text}: it is a number from 0.1 to 1440`);
  return value;
}
