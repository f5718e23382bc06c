import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { type Outcome, quota, type Result, renderScenario, type Ui } from "@echolab/benchmarks";
import { findModels, projectRoot } from "@echolab/model";
import { typedIn } from "../arguments.ts";
import { indented, type ProgressLine, stdout } from "../terminal.ts";

/** What a person sees of a run. */
export function benchTerminal(line: ProgressLine): Ui {
  const print = (text: string) => {
    line.clear();
    console.log(text);
  };
  return {
    progress: (text, secondsLeft) => line.show(text, secondsLeft),
    started({ models, skipped, failed, seed, machine }) {
      print(`Echolab · ${models.length} model${models.length === 1 ? "" : "s"} · seed ${seed}`);
      console.log(stdout.dim(indented(machineLine(machine), 0)));
      for (const { model, why } of skipped) console.log(stdout.yellow(`skipped: ${model}: ${why}`));
      for (const { model, why } of failed) console.log(stdout.red(`not timed: ${model}: ${why}`));
    },
    scenario: (result) => print(`\n${renderScenario(result, stdout, process.stdout.columns)}`),
    selfTest(cases) {
      const failed = cases.filter(({ passed }) => !passed);
      const text = `self-test: the load generator's count, p50 and p99 are a server's own record in ${cases.length - failed.length} of ${cases.length} cases`;
      print(`\n${failed.length > 0 ? stdout.red(text) : stdout.green(text)}`);
    },
  };
}

function machineLine(machine: Result["machine"]): string {
  const { processor, processors, kernel, node, congestionControl, ownNetwork } = machine;
  const network = ownNetwork ? "" : ", in the machine's own network";
  return `${processor} x ${processors}${quota(machine)}, Linux ${kernel}, Node ${node}, TCP ${congestionControl}${network}`;
}

/** So many findings are for the terminal; the report has all. */
const FINDINGS = 6;

/** The last lines: what was found, where it is, and what to type next. */
export function closing({ result, folder, failure }: Outcome): void {
  const { partial, findings, models, reference } = result;
  const shown = findings.slice(0, FINDINGS);
  if (shown.length > 0)
    console.log(`\n${stdout.bold("findings")}\n${shown.map((finding) => indented(finding, 2, "-")).join("\n")}`);
  const ended = failure ? "ended by an error" : "interrupted";
  if (partial) console.log(stdout.yellow(`\n${ended}: only finished blocks are shown`));
  if (folder) console.log(`\nreport: ${relative(typedIn, join(folder, "report.html"))}`);
  const packageOf = (name: string) => name.split(/[:@]/)[0]!;
  // Only the servers of this project can be told apart line by line.
  const own = findModels(projectRoot(), ["own"]).filter(({ folder }) => existsSync(join(folder, "src/serve.ts")));
  const isOwn = (name: string) => own.some((model) => model.name === packageOf(name));
  const other = models.find(({ name }) => isOwn(name) && packageOf(name) !== packageOf(reference));
  if (other && isOwn(reference)) console.log(`next: pnpm diff ${packageOf(other.name)} ${packageOf(reference)}`);
  if (folder) console.log("how to read it: docs/how-to-read-the-table.md");
}
