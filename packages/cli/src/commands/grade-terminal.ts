import { CAP, type Grade, type Graded, type GradeReport, isCapped, isToMend } from "@echolab/conformance/grade";
import { indented, stdout } from "../terminal.ts";

const VERDICTS: Record<Graded["verdict"], (text: string) => string> = {
  pass: stdout.green,
  "by design": stdout.green,
  fail: stdout.red,
  flaky: stdout.red,
  "not asked": stdout.red,
  skipped: stdout.dim,
  unverifiable: stdout.yellow,
  informational: stdout.dim,
};

/** At least this many results in a row with the same reason are shown as one line. */
const MANY = 4;

/** The results, where many in a row have the same reason together, else one by one. */
function runsOfAlike(results: readonly Graded[]): Graded[][] {
  const runs: Graded[][] = [];
  for (const each of results) {
    const last = runs.at(-1)?.[0];
    const isAlike = last?.verdict === each.verdict && (each.follows || /^(skipped|not asked)$/.test(each.verdict));
    if (isAlike && told(last) === told(each)) runs.at(-1)!.push(each);
    else runs.push([each]);
  }
  return runs.flatMap((run) => (run.length >= MANY ? [run] : run.map((each) => [each])));
}

/** What stands under its verdict; what failed by itself is explained below. */
function told(each: Graded): string | undefined {
  if (each.follows) return `follows from case ${each.follows.number}`;
  return isToMend(each) ? undefined : each.why;
}

/** What a person sees of a grade. */
export function show(
  { observed, contradictions, profile, sandbox, score, startError, results, partial }: Grade,
  { tiers, cases }: GradeReport,
  name: string,
): void {
  console.log(`${stdout.bold(name)} · profile ${profile}`);
  if (sandbox) console.log(stdout.dim(indented(`sandbox: ${sandbox}`, 0)));
  if (observed) console.log(indented(`seen: ${observed.words}`, 0));
  for (const each of contradictions) console.log(stdout.red(each));
  console.log();
  for (const [first, ...alike] of runsOfAlike(results)) {
    const { verdict, case: testCase } = first!;
    const why = told(first!);
    const under = why ? stdout.dim(`\n${indented(why, 19)}`) : "";
    const more = alike.length > 0 ? `, and ${alike.length} more` : "";
    const name = `${testCase.id}${more}`;
    console.log(`${String(testCase.number).padStart(3)}  ${VERDICTS[verdict](verdict.padEnd(13))} ${name}${under}`);
  }
  const failed = cases.filter(isToMend);
  for (const { number, requirement, why, cause, wayOut, reproduce } of startError === null
    ? failed
    : failed.slice(0, 1)) {
    const head = `case ${number}:`;
    console.log(`\n${indented(`${head} a server ${requirement}`, 0).replace(head, stdout.red(head))}`);
    console.log(indented(why ?? "", 2));
    if (cause) console.log(indented(`likely: ${cause}`, 2));
    if (wayOut) console.log(indented(`way out: ${wayOut}`, 2));
    console.log(stdout.dim(`  ${reproduce}`));
  }
  if (partial) {
    const why = results.find(({ verdict }) => verdict === "not asked")?.why;
    console.log(stdout.yellow(`\n${why}: what was not asked counts as failed`));
  }
  const parts = tiers.filter(({ of }) => of > 0).map(({ tier, passed, of }) => `${tier} ${passed}/${of}`);
  console.log(`\n${stdout.bold(`score ${score ?? "none"}`)} of 100${parts.map((part) => ` · ${part}`).join("")}`);
  if (isCapped(tiers)) console.log(stdout.dim(`  a must has failed: ${CAP} at most`));
}
