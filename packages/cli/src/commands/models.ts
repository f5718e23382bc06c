import { compileFailure, findModels, type Model, missingRequirement, showable } from "@echolab/model";
import { Command } from "commander";
import { indented, stdout } from "../terminal.ts";

export function models(): Command {
  return new Command("models")
    .description("List the models: what each is, and what it promises")
    .option("--json", "print them as JSON")
    .action(({ json }: { json?: boolean }) => {
      const found = findModels();
      if (json) console.log(toJson(found));
      else console.log(found.map(describe).join("\n\n"));
    });
}

/** The words of a command are as they were written: also in JSON, a terminal must not obey them. */
export function toJson(models: readonly Model[]): string {
  const listed = models.map(({ name, manifest }) => ({ name, ...manifest }));
  return JSON.stringify(listed, cleaned, 2);
}

/** Each text by itself: in finished JSON, a sequence that is never closed would take a quotation mark with it. */
function cleaned(_: string, value: unknown): unknown {
  if (typeof value === "string") return showable(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [showable(name), each]));
}

function describe(model: Model): string {
  const { title, summary, clients, overload, idle, isolation, options } = model.manifest;
  const missing = missingRequirement(model) ?? compileFailure(model);
  const many = clients === "many" ? "many clients" : clients === 1 ? "1 client" : `${clients} clients`;
  const overflow = overload === "queue" ? "one more waits" : "one more is turned away";
  const own = Object.entries(options).map(([name, option]) => {
    const values = option.values.map((value) => (value === option.default ? `${value} (default)` : value));
    return `  :${name}=${values.join(" | ")}\n${indented(option.help, 6)}`;
  });
  return [
    `${stdout.bold(model.name)} · ${title}`,
    indented(summary, 2),
    stdout.dim(indented(`${many} at once; ${overflow}; ${idle} when idle; isolation: ${isolation}`, 2)),
    ...own,
    ...(missing ? [stdout.yellow(indented(`cannot run here: ${missing}`, 2))] : []),
  ].join("\n");
}
