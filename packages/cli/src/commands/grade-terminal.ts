import type { Grade, Graded, GradeReport } from "@echolab/conformance/grade";
import { indented, stdout } from "../terminal.ts";

const VERDICTS: Record<Graded["verdict"], (text: string) => string> = {
  pass: stdout.green,
  "by design": stdout.green,
  fail: stdout.red,
  flaky: stdout.red,
  skipped: stdout.dim,
  unverifiable: stdout.yellow,
  informational: stdout.dim,
};

/** What a person sees of a grade. */
export function show(
  { observed, contradictions, profile, score, startError, results, partial }: Grade,
  { tiers, cases }: GradeReport,
  name: string,
): void {
  console.log(`${stdout.bold(name)} · profile ${profile}`);
  if (observed) console.log(`seen: ${observed.words}`);
  for (const each of contradictions) console.log(stdout.red(each));
  console.log();
  for (const {
    case: { number, id },
    verdict,
    why,
  } of results) {
    const told = why && !["fail", "flaky"].includes(verdict) ? stdout.dim(`\n${indented(why, 19)}`) : "";
    console.log(`${String(number).padStart(3)}  ${VERDICTS[verdict](verdict.padEnd(13))} ${id}${told}`);
  }
  const failed = cases.filter(({ verdict }) => verdict === "fail" || verdict === "flaky");
  for (const { number, requirement, why, cause, wayOut, reproduce } of startError === null
    ? failed
    : failed.slice(0, 1)) {
    console.log(`\n${stdout.red(`case ${number}:`)} a server ${stdout.bold(requirement)}`);
    console.log(indented(why ?? "", 2));
    if (cause) console.log(indented(`likely: ${cause}`, 2));
    if (wayOut) console.log(indented(`way out: ${wayOut}`, 2));
    console.log(stdout.dim(`  ${reproduce}`));
  }
  if (partial) console.log(stdout.yellow("\ninterrupted: cases are missing"));
  const parts = tiers.filter(({ of }) => of > 0).map(({ tier, passed, of }) => `${tier} ${passed}/${of}`);
  console.log(`\n${stdout.bold(`score ${score ?? "none"}`)} of 100${parts.map((part) => ` · ${part}`).join("")}`);
}
