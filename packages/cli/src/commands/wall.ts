import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { cases } from "@echolab/conformance";
import { type Grade, type Graded, grade as gradeServer, isToMend, profileOf } from "@echolab/conformance/grade";
import { findModel, findModels, type Model, obstacle, openOutput, projectRoot, slowness } from "@echolab/model";
import { Command } from "commander";
import { typedIn } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { ProgressLine, stdout } from "../terminal.ts";

const FOLDER = "packages/conformance/wall";

export function wall(): Command {
  return new Command("wall")
    .description("Ask every model, and the echo servers of the documentations, every case; write the page about it")
    .option("--out <file>", "where the page goes", join(projectRoot(), "docs/the-wall.md"))
    .action(run);
}

/** A server, and what came of it. */
interface Stone {
  readonly model: Model;
  /** Why this machine cannot run it. */
  readonly missing: string | undefined;
  readonly grade: Grade | undefined;
}

async function run({ out }: { out: string }): Promise<void> {
  const output = openOutput(out, typedIn);
  const signal = interrupted();
  const line = new ProgressLine();
  const slow = slowness();
  const own = findModels(projectRoot(), ["own"]).filter(({ folder }) =>
    folder.startsWith(join(projectRoot(), "packages")),
  );
  const documented = readdirSync(join(projectRoot(), FOLDER))
    .filter((name) => existsSync(join(projectRoot(), FOLDER, name, "model.json")))
    .map((name) => findModel(`./${name}`, join(projectRoot(), FOLDER)));
  const all = [...own, ...documented];
  const ask = async (model: Model): Promise<Stone> => {
    const missing = await obstacle(model);
    if (missing) return { model, missing, grade: undefined };
    const request = {
      subject: model,
      declared: true,
      profile: profileOf(model.manifest),
      seed: 1,
      slowness: slow,
      signal,
    };
    const grade = await gradeServer(request, (_, { case: { id } }) =>
      line.show(`${model.name} · ${id}`, (all.length - all.indexOf(model)) * 40),
    );
    return { model, missing, grade };
  };
  const stones: Stone[] = [];
  for (const model of all) {
    if (signal.aborted) process.exit(130);
    stones.push(await ask(model));
  }
  if (signal.aborted) process.exit(130); // the last one is not complete
  line.clear();
  output.finish(page(stones.slice(0, own.length), stones.slice(own.length)));
  console.log(`${stdout.bold(relative(typedIn, output.path))}: ${stones.filter(({ grade }) => grade).length} servers`);
}

const MARKS: Record<Graded["verdict"] | "follows", string> = {
  ...{ pass: "✓", "by design": "○", fail: "✗", flaky: "✗", "not asked": "✗", follows: "×" },
  ...{ skipped: "–", unverifiable: "?", informational: "·" },
};
const mark = ({ verdict, follows }: Graded) => MARKS[follows ? "follows" : verdict];

function page(own: readonly Stone[], documented: readonly Stone[]): string {
  return `# The wall

Every server here was asked every case that applies to it, by \`pnpm wall\`, which has written this page.
✓ passes, ✗ fails, × fails, as an earlier answer was wrong already, ○ the model declares the difference and its opposite was
seen, – does not apply, · told and never scored, ? could not be verified. What each number asks stands in
[conformance](../packages/conformance/README.md#the-cases). In the score must weighs 60 %, robustness 30 %, bounded 10 %, and
whoever fails a must has 59 at the most.

## The models of this project

${matrix(own)}

## The echo server, as the documentations write it

Each of these is the example of a standard library's own documentation, or of a famous tutorial: its source is in
[\`${FOLDER}\`](../${FOLDER}). They are right to be short. They show what an example leaves to its reader.

${matrix(documented)}

${documented.map(told).join("\n")}`;
}

/** Servers in rows, cases in columns. */
function matrix(stones: readonly Stone[]): string {
  const protocols = ["tcp", "udp"] as const;
  const tables = protocols.map((protocol) => {
    const shown = stones.filter(({ model, grade }) => grade && model.manifest.protocol === protocol);
    const asked = cases.filter(({ id, pace }) => pace !== "soak" && id.startsWith(`${protocol}/`));
    const rows = shown.map(({ model, grade }) => {
      const marksOf = new Map(grade!.results.map((each) => [each.case.id, mark(each)]));
      const marks = asked.map(({ id }) => marksOf.get(id) ?? MARKS.skipped);
      return [`\`${model.name}\``, `**${grade!.score ?? MARKS.skipped}**`, ...marks];
    });
    const head = ["", "score", ...asked.map(({ number }) => String(number))];
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const under = line(head.map((_, i) => (i === 0 ? "---" : ":-:")));
    return rows.length > 0 ? [[line(head), under, ...rows.map(line)].join("\n")] : [];
  });
  return tables.flat().join("\n\n");
}

/** So much of what a server said is enough. */
const MOST = 160;

/** One line, without a place of this machine in it. */
function short(why: string): string {
  const line = why.split("\n")[0]!.replaceAll(projectRoot(), "…");
  const words = line.lastIndexOf(" ", MOST);
  return line.length > MOST ? `${line.slice(0, words > 0 ? words : MOST)} …` : line;
}

/** What one server fails, and why. */
function told({ model, missing, grade }: Stone): string {
  const { title } = model.manifest;
  if (!grade) return `### ${model.name}\n\n${title}. Not run: ${missing}.\n`;
  const failed = grade.results.filter(isToMend);
  const seen = grade.observed ? ` Seen: ${grade.observed.words}.` : "";
  const lines = failed.map(({ case: { number, requirement }, why, explanation }) => {
    const likely = explanation ? ` Likely: ${explanation.cause}.` : "";
    return `- ${number}, ${requirement}: ${short(why ?? "")}.${likely}`;
  });
  return [
    `### ${model.name}`,
    "",
    `${title}.${seen}`,
    "",
    ...(lines.length > 0 ? lines : ["It fails nothing."]),
    "",
  ].join("\n");
}
