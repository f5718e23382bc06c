import { resolve } from "node:path";
import { compare as compareRuns, findRun, renderComparison } from "@echolab/benchmarks";
import { Command } from "commander";
import { typedIn } from "../arguments.ts";
import { leftOut, stdout } from "../terminal.ts";

export function compare(): Command {
  return new Command("compare")
    .description("Show what changed from one run to another (indicative: `bench --against` pairs them)")
    .argument("<before>", "a run's id, the beginning of one, `last`, or a folder with a result.json")
    .argument("<after>", "another one")
    .option("--force", "compare runs of different machines")
    .addHelpText("after", "\nExample:\n  pnpm compare 20260102T030405Z last")
    .action((before: string, after: string, { force = false }: { force?: boolean }) => {
      const [a, b] = [before, after].map((name) => findRun(name, resolve(typedIn, name), leftOut).result);
      const tables = compareRuns(a!, b!, force);
      console.log(`before: ${a!.id} · ${a!.command}\nafter:  ${b!.id} · ${b!.command}`);
      if (a!.machine.node !== b!.machine.node) console.log(`Node ${a!.machine.node} before, ${b!.machine.node} after`);
      console.log(
        stdout.yellow(
          "indicative: the machine may have changed in between; pnpm bench --against REF measures both at once",
        ),
      );
      for (const table of tables) console.log(`\n${renderComparison(table, stdout)}`);
      if (tables.length === 0) console.log("\nThese runs have no table in common.");
    });
}
