import type { Tier } from "../case.ts";
import type { Outcome } from "../run-case.ts";
import type { Grade } from "./graded.ts";
import type { Observed } from "./observe.ts";
import { isFailed, isScored, type TierScore, tierScores } from "./score.ts";

/** A grade as it is written to a file (`grade.schema.json`). */
export interface GradeReport {
  readonly version: 1;
  /** What was graded: a folder's name, a command, or an address. */
  readonly subject: string;
  readonly profile: string;
  readonly seed: number;
  /** What kept the server from the rest of the machine, in words; null: what suits its origin. */
  readonly sandbox: string | null;
  /** 0 to 100; what was not asked counts as failed; null where nothing could be scored. */
  readonly score: number | null;
  readonly tiers: readonly TierScore[];
  /** Cases were not asked. */
  readonly partial: boolean;
  readonly startError: string | null;
  readonly observed: Observed | null;
  readonly contradictions: readonly string[];
  readonly cases: readonly ReportedCase[];
}

export interface ReportedCase {
  readonly number: number | string;
  readonly id: string;
  readonly tier: Tier;
  readonly requirement: string;
  readonly from: string;
  readonly verdict: Outcome | "flaky" | "not asked";
  /** Why it failed or was skipped, or what was measured. */
  readonly why: string | null;
  /** Its failure comes from that of the case of this id. */
  readonly follows: string | null;
  readonly cause: string | null;
  readonly wayOut: string | null;
  readonly milliseconds: number;
  /** The command that runs this case alone again. */
  readonly reproduce: string;
}

/** @param command what was typed, without `--only` */
export function gradeReport(grade: Grade, subject: string, command: string): GradeReport {
  const { profile, seed, sandbox, score, partial, startError, observed, contradictions, results } = grade;
  return {
    version: 1,
    ...{ subject, profile, seed, sandbox, score, partial, startError, observed, contradictions },
    tiers: tierScores(results),
    cases: results.map(
      ({ case: { number, id, tier, requirement, from }, verdict, why, explanation, follows, took }) => ({
        ...{ number, id, tier, requirement, from, verdict, why: why ?? null, follows: follows?.id ?? null },
        ...{ cause: explanation?.cause ?? null, wayOut: explanation?.wayOut ?? null },
        ...{
          milliseconds: Math.round(took),
          reproduce: command.replace("pnpm grade", `pnpm grade --only ${id} --seed ${seed}`),
        },
      }),
    ),
  };
}

const followsFrom = ({ follows }: ReportedCase) => follows && `follows from ${follows}`;

export const toJson = (report: GradeReport) => `${JSON.stringify(report, null, 1)}\n`;

/** TAP 14 (testanything.org), a point for each case. */
export function toTap({ cases, score, partial, sandbox }: GradeReport): string {
  const points = cases.map((each, i) => {
    const { id, requirement, verdict, why } = each;
    // A # would begin a directive within the description.
    const name = `${i + 1} - ${id}: ${requirement}`.replace(/[\\#]/g, "\\$&");
    if (!isScored(each)) return `ok ${name} # SKIP ${verdict}: ${oneLine(why ?? "")}`;
    if (!isFailed(each)) return `ok ${name}`;
    const details = {
      message: why,
      follows: each.follows,
      cause: each.cause,
      "way-out": each.wayOut,
      reproduce: each.reproduce,
    };
    const yaml = Object.entries(details).flatMap(([key, value]) =>
      value === null ? [] : [`  ${key}: ${JSON.stringify(value)}`],
    );
    return [`not ok ${name}`, "  ---", ...yaml, "  ..."].join("\n");
  });
  const notes = [...(sandbox === null ? [] : [`# sandbox: ${sandbox}`]), `# score ${score ?? "none"}`];
  const end = partial ? ["Bail out! cases were not asked"] : [];
  return `${["TAP version 14", `1..${cases.length}`, ...points, ...notes, ...end].join("\n")}\n`;
}

/** JUnit's XML, as Jenkins and GitHub's actions read it. */
export function toJUnit({ subject, profile, sandbox, cases }: GradeReport): string {
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3);
  const counted = {
    tests: cases.length,
    failures: cases.filter(isFailed).length,
    errors: 0,
    skipped: cases.filter((each) => !isScored(each)).length,
    time: seconds(cases.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
  };
  const testCases = cases.map((each) => {
    const head = `<testcase ${attributes({ classname: each.id.split("/").slice(0, 2).join("."), name: `${each.id}: ${each.requirement}`, time: seconds(each.milliseconds) })}`;
    if (isFailed(each)) {
      const text = [each.why, followsFrom(each), each.cause, each.wayOut, each.reproduce]
        .filter((part) => part !== null)
        .join("\n");
      return `${head}><failure ${attributes({ message: oneLine(each.why ?? ""), type: each.verdict })}>${escaped(text)}</failure></testcase>`;
    }
    if (!isScored(each))
      return `${head}><skipped ${attributes({ message: oneLine(`${each.verdict}: ${each.why ?? ""}`) })}/></testcase>`;
    return `${head}/>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${attributes(counted)}>
<testsuite ${attributes({ name: `${subject}, ${profile}`, ...counted })}>${sandbox === null ? "" : `\n<properties><property ${attributes({ name: "sandbox", value: sandbox })}/></properties>`}
${testCases.join("\n")}
</testsuite>
</testsuites>
`;
}

/** Gradescope's results.json: the score of all, and a test for each case. */
export function toGradescope({
  score,
  profile,
  sandbox,
  partial,
  observed,
  contradictions,
  cases,
}: GradeReport): string {
  const words = [
    ...(partial ? ["cases were not asked: they count as failed"] : []),
    `profile ${profile}`,
    ...(sandbox === null ? [] : [`sandbox: ${sandbox}`]),
    ...(observed ? [`seen: ${observed.words}`] : []),
    ...contradictions,
  ];
  const tests = cases.map((each) => ({
    ...{ name: `${each.id}: ${each.requirement}`, number: String(each.number), visibility: "visible" },
    ...(isScored(each) && { status: isFailed(each) ? "failed" : "passed" }),
    output: [each.verdict, each.why, followsFrom(each), each.cause, each.wayOut]
      .filter((part) => part !== null)
      .join("\n"),
  }));
  return `${JSON.stringify({ score: score ?? 0, output: words.join("\n"), visibility: "visible", tests }, null, 1)}\n`;
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

const attributes = (values: Record<string, string | number>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(" ");

/** As text or an attribute of XML or HTML; what XML has no character for is left out. */
export const escaped = (text: string) =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
