import { atRest, cpuAtRest } from "../at-rest.ts";
import type { IdleResult, LoadResult, Result, SyscallsResult } from "../result.ts";
import { count, time } from "../units.ts";
import {
  baseline,
  bestFirst,
  interval,
  measured,
  microseconds,
  precision,
  quota,
  ratio,
  settings,
  sizeOrNone,
  value,
} from "../words.ts";
import { blocks, day, invalidTables } from "./head.ts";

/** A run as GitHub's Markdown, short enough to stand in a pull request. */
export function renderSummary(result: Result): string {
  const { command, startedAt, machine, seed } = result;
  const parts = [
    `**Echolab** \`${command.replaceAll("`", "'")}\` · ${day(startedAt)} · ${count(machine.processors)} × ${text(machine.processor)}${quota(machine)}, Linux ${text(machine.kernel)}, Node ${text(machine.node)} · seed ${seed} · up to ${count(blocks(result))} blocks`,
    ...banners(result),
    result.findings.map((finding) => `- ${text(finding)}`).join("\n"),
    ...result.scenarios.map((each) => {
      if (each.kind === "idle") return idle(each);
      return each.kind === "load" ? load(each) : syscalls(each);
    }),
    [
      ...result.failed.map(({ model, why }) => `- ${text(model)} is not timed: ${text(why)}`),
      ...result.skipped.map(({ model, why }) => `- ${text(model)} is skipped: ${text(why)}`),
    ].join("\n"),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function banners(result: Result): string[] {
  const invalid = invalidTables(result).map(text);
  return [
    ...(result.partial ? ["> **Partial**: the run was interrupted; finished blocks only."] : []),
    ...(invalid.length > 0
      ? [`> **No verdicts in ${invalid.join(", ")}**: one server, run twice, differed from itself.`]
      : []),
  ];
}

function load(result: LoadResult): string {
  const { measure } = result;
  const whom = baseline(result);
  const rows = bestFirst(result).map(({ model, comparedWith, error, summary }) => {
    if (error !== null || summary === null) return [text(model), text(error ?? "not measured"), "", "", ""];
    const { effect, verdict, ranked, served, offered } = summary;
    const several = whom === null ? ` of ${text(comparedWith ?? "")}` : "";
    const without = comparedWith === null ? "reference" : "";
    const against = effect ? `${ratio(effect.ratio)}× ${interval(effect, ratio)}${several}` : without;
    return [
      text(model),
      `${value(summary, measure)} ${interval(summary.value, (bound) => measured(measure, bound))}`,
      ranked ? against : "not ranked",
      verdict ?? "",
      `${count(served)}/${count(offered)}`,
    ];
  });
  return table(
    heading(result, [...settings(result.cell), ...precision(result)]),
    ["model", measure.name, whom === null ? "ratio" : `against ${text(whom)}`, "verdict", "served"],
    rows,
  );
}

function idle(result: IdleResult): string {
  const seen = atRest(result).map(({ model, startTime, memory, memoryPerClient, cpu }) => [
    ...[text(model), time(startTime), sizeOrNone(memory), sizeOrNone(memoryPerClient)],
    cpuAtRest(cpu),
  ]);
  const unseen = result.rows
    .filter(({ samples }) => samples.length === 0)
    .map(({ model, error }) => [text(model), text(error ?? "not measured"), "", "", ""]);
  const head = ["model", "start", "memory", "memory/client", "CPU"];
  return table(heading(result, [result.shows]), head, [...seen, ...unseen]);
}

function syscalls(result: SyscallsResult): string {
  const rows = result.rows.map(({ model, error, calls, cpuPerMessage, explained }) => {
    if (error !== null) return [text(model), text(error), "", ""];
    const all = Object.values(calls).reduce((sum, n) => sum + n, 0);
    return [text(model), count(all), microseconds(cpuPerMessage), microseconds(explained)];
  });
  const tool = result.tool === null ? "neither perf nor strace is here" : `counted by ${result.tool}`;
  const head = ["model", "calls/message", "CPU/message", "explained"];
  return table(heading(result, [...settings(result.cell), tool]), head, rows);
}

const heading = ({ scenario }: { scenario: string }, facts: readonly string[]) =>
  `**${text(scenario)}** · ${facts.join(" · ")}`;

function table(heading: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = line(head.map((_, i) => (i === 0 ? "---" : "---:")));
  return [heading, "", line(head), rule, ...rows.map(line)].join("\n");
}

/** What would be markup in Markdown or in HTML, taken literally; on one line. */
const text = (words: string) =>
  words
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
