import { atRest, cpuAtRest } from "./at-rest.ts";
import type { IdleResult } from "./result.ts";
import { type Colors, folded, newTable } from "./text-table.ts";
import { time } from "./units.ts";
import { sizeOrNone } from "./words.ts";

export function idleTable(result: IdleResult, colors: Colors): string {
  const table = newTable(["model", "start", "memory", "memory/client", "CPU"], colors);
  for (const { model, startTime, memory, memoryPerClient, cpu } of atRest(result)) {
    const share = cpuAtRest(cpu);
    table.push([
      ...[folded(model), time(startTime), sizeOrNone(memory), sizeOrNone(memoryPerClient)],
      cpu > 0.5 ? colors.red(share) : share,
    ]);
  }
  for (const { model, error, samples } of result.rows)
    if (samples.length === 0) table.push([folded(model), { colSpan: 4, content: colors.red(error ?? "not measured") }]);
  return table.toString();
}
