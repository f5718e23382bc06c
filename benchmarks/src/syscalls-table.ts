import type { SyscallsResult } from "./result.ts";
import { type Colors, folded, newTable } from "./text-table.ts";
import { count, time } from "./units.ts";
import { NONE } from "./words.ts";

export function syscallsTable({ rows, tool }: SyscallsResult, colors: Colors): string {
  if (!tool) return colors.yellow("  neither perf nor strace can count here: install one, or run as root");
  const table = newTable(["model", "calls/msg", "sleeps/msg", "CPU/msg", "explained", "most frequent"], colors);
  for (const { model, error, calls, voluntary, cpuPerMessage, explained } of rows) {
    if (error) {
      table.push([folded(model), { colSpan: 5, content: colors.red(error) }]);
      continue;
    }
    const all = Object.values(calls).reduce((sum, calls) => sum + calls, 0);
    const most = Object.entries(calls)
      .slice(0, 2)
      .map(([call, calls]) => `${call} ${count(calls)}`);
    table.push([
      ...[folded(model), count(all), voluntary < 0.005 ? "0" : voluntary.toFixed(2), time(cpuPerMessage / 1000)],
      ...[explained === null ? NONE : `${Math.round((explained / cpuPerMessage) * 100)} %`, most.join("\n")],
    ]);
  }
  const notes = [colors.dim(`  counted by ${tool}`)];
  if (rows.some(({ error, explained }) => error === null && explained === null))
    notes.unshift("  –: io_uring_enter does in the kernel what other calls do, and has no price of its own.");
  return [table.toString(), ...notes].join("\n");
}
