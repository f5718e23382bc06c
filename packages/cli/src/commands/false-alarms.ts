import { availableParallelism } from "node:os";
import { join } from "node:path";
import { casesFor, runCases } from "@echolab/conformance";
import { findModels, type Model, obstacle, projectRoot, slowness } from "@echolab/model";
import { Command } from "commander";
import { wholeNumber } from "../arguments.ts";
import { startBusyLoops } from "../busy-loops.ts";
import { interrupted } from "../interrupted.ts";
import { ProgressLine, ruleOfThree, stdout } from "../terminal.ts";

/** So many servers are asked at the same time: most of the time a case waits. */
const LANES = 8;

export function falseAlarms(): Command {
  return new Command("false-alarms")
    .description(
      "Ask right servers the quick cases again and again, while the processors are busy: how often is one called wrong?",
    )
    .option("--runs <n>", "so many runs of a case, over all servers", wholeNumber(1, 10_000_000), 20_000)
    .action(run);
}

async function run({ runs }: { runs: number }): Promise<void> {
  const signal = interrupted();
  const line = new ProgressLine();
  const models: Model[] = [];
  const isOurs = ({ folder }: Model) => !folder.startsWith(join(projectRoot(), "homework"));
  for (const model of findModels(projectRoot(), ["own", "limits"]).filter(isOurs))
    if (!(await obstacle(model))) models.push(model);
  const busy = availableParallelism();
  const endBusyLoops = startBusyLoops(busy);
  const slow = slowness(); // with the processors as busy as they will be
  const from = performance.now();
  const alarms: string[] = [];
  let done = 0;
  let next = 0;
  const ask = async () => {
    while (done < runs && !signal.aborted) {
      const model = models[next % models.length]!;
      const seed = 1 + Math.floor(next / models.length);
      next += 1;
      const quick = casesFor(model.manifest).filter(({ pace }) => pace === "quick");
      for await (const {
        case: { id },
        verdict,
        why,
      } of runCases(model, quick, { seed, slowness: slow })) {
        if (!["pass", "by design", "fail"].includes(verdict)) continue;
        done += 1;
        if (verdict === "fail") alarms.push(`${model.name}, ${id}, seed ${seed}: ${why}`);
        if (verdict === "fail") console.log(stdout.red(alarms.at(-1)!));
        const each = (performance.now() - from) / done;
        line.show(`false alarms · ${done} of ${runs} · ${alarms.length} so far`, ((runs - done) * each) / 1000);
        if (done >= runs || signal.aborted) break;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, ask));
  } finally {
    endBusyLoops();
  }
  line.clear();
  console.log(
    `${done} runs of quick cases over ${models.length} right servers, ${busy} processors busy: ${alarms.length} false alarms`,
  );
  if (alarms.length === 0 && done > 0) console.log(ruleOfThree(done));
  process.exitCode = signal.aborted ? 130 : alarms.length > 0 ? 1 : 0;
}
