import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findModel } from "@echolab/model";
import { Ajv } from "ajv";
import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Parser } from "tap-parser";
import { createGenerator } from "ts-json-schema-generator";
import { describe, expect, test } from "vitest";
import { explain } from "../src/grade/explain.ts";
import { rootOf } from "../src/grade/follows.ts";
import {
  assignment,
  type Grade,
  type Graded,
  gradeReport,
  grade as gradeServer,
  toGradescope,
  toHtml,
  toJson,
  toJUnit,
  toTap,
} from "../src/grade/index.ts";
import { score, tierScores } from "../src/grade/score.ts";
import { cases } from "../src/index.ts";
import { conditions } from "./judge.ts";

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const caseOf = (number: number) => cases.find((each) => each.number === number)!;
const graded = (number: number, verdict: Graded["verdict"], why?: string): Graded => ({
  ...{ case: caseOf(number), verdict, took: 12.5 },
  ...(why && { why }),
});

describe("the score", () => {
  const verdicts = fc.constantFrom<Graded["verdict"]>(
    ...(["pass", "by design", "fail", "flaky", "skipped", "unverifiable", "informational"] as const),
  );
  const results = fc
    .array(fc.tuple(fc.constantFrom(...cases), verdicts))
    .map((pairs) => pairs.map(([each, verdict]) => ({ case: each, verdict, took: 0 })));

  test("is between 0 and 100, and at most 59 where a must failed", () => {
    fc.assert(
      fc.property(results, (results) => {
        const value = score(results);
        if (value === null) return;
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
        const must = tierScores(results).find(({ tier }) => tier === "must")!;
        if (must.passed < must.of) expect(value).toBeLessThanOrEqual(59);
      }),
    );
  });

  test("is 100 exactly where every case that counts was passed, and never better for one failure more", () => {
    fc.assert(
      fc.property(results, fc.nat(), (results, at) => {
        const value = score(results);
        if (value === null) return;
        const wrong = results.filter(
          ({ case: { tier }, verdict }) => tier !== "informational" && ["fail", "flaky"].includes(verdict),
        );
        expect(value === 100).toBe(wrong.length === 0);
        const worse = results.map((each, i) =>
          i === at % results.length && each.verdict === "pass" ? { ...each, verdict: "fail" as const } : each,
        );
        expect(score(worse)!).toBeLessThanOrEqual(value);
      }),
    );
  });

  test("weighs must 60, robustness 30, bounded 10, and leaves a tier's weight to the others where nothing of it counts", () => {
    expect(score([graded(3, "pass"), graded(16, "fail"), graded(20, "fail")])).toBe(60);
    expect(score([graded(3, "pass"), graded(16, "pass"), graded(20, "fail")])).toBe(90);
    expect(score([graded(16, "pass"), graded(20, "fail")])).toBe(75);
    expect(score([graded(3, "fail"), graded(16, "pass"), graded(20, "pass")])).toBe(40);
    expect(score([graded(26, "informational")])).toBeNull();
  });
});

test("what was not asked yet counts as failed, from before the first case on", async () => {
  const subject = findModel("event-loop", file("."));
  const signal = new AbortController().signal;
  const scores: (number | null)[] = [];
  await gradeServer(
    { subject, declared: true, profile: "concurrent", only: ["2", "10"], ...conditions, signal },
    ({ score }) => scores.push(score),
  );
  expect(scores).toEqual([0, 50, 100]);
});

test("what was not asked when the time was over fails, and the reason says so in every format", async () => {
  const subject = findModel("event-loop", file("."));
  const { signal } = new AbortController();
  const only = ["4", "42"];
  const grade = await gradeServer(
    { subject, declared: true, profile: "concurrent", only, ...conditions, signal, minutes: 0.0001 },
    () => {},
  );
  expect(grade).toMatchObject({ score: 0, partial: true });
  const why = "not asked: the time limit of 1 minute was over";
  expect(grade.results.map(({ verdict, why }) => [verdict, why])).toEqual([
    ["not asked", why],
    ["not asked", why],
  ]);
  const report = gradeReport(grade, "event-loop", "pnpm grade event-loop");
  expect(toJUnit(report)).toContain('tests="2" failures="2"');
  const { tests } = JSON.parse(toGradescope(report));
  expect(tests).toEqual(only.map((number) => expect.objectContaining({ number, status: "failed" })));
  for (const text of [toJson(report), toJUnit(report), toTap(report), toGradescope(report), toHtml(report)])
    expect(text).toContain(why);
});

describe("a failure that follows from another one", () => {
  const ask = (name: string, ...only: string[]) => {
    const subject = findModel(`../faulty/${name}`, fileURLToPath(new URL(".", import.meta.url)));
    const signal = new AbortController().signal;
    return gradeServer({ subject, declared: true, profile: "concurrent", only, ...conditions, signal }, () => {});
  };
  const failures = ({ results }: Grade) =>
    results.flatMap(({ case: { number }, verdict, follows }) =>
      verdict === "fail" ? [[number, follows?.number]] : [],
    );

  test("says so, and leaves the explanation to that one; what passes all the same has passed", async () => {
    const grade = await ask("adds-newline", "tcp/echo/nothing-more", "tcp/echo/every-byte", "tcp/half-close/fin");
    expect(failures(grade)).toEqual([
      [4, 14],
      [14, undefined],
    ]);
    expect(grade.results.map(({ explanation }) => explanation?.cause)).toEqual([
      undefined,
      undefined,
      "a newline was added",
    ]);
    expect(grade.results[0]).toMatchObject({ case: caseOf(2), verdict: "pass" });
  });

  const from = (...results: Graded[]) =>
    rootOf(results.at(-1)!, new Map(results.map((each) => [each.case, each])))?.number;
  const wrong = (number: number, why = "8 bytes sent, 0 came back"): Graded => ({
    ...graded(number, "fail", why),
    about: "answer",
  });
  const end = (number: number, why: string): Graded => {
    const explanation = explain(caseOf(number), why);
    return {
      ...graded(number, "fail", `the server ended (exit code 1): ${why}`),
      about: "end",
      ...(explanation && { explanation }),
    };
  };
  const other = (number: number): Graded => ({ ...graded(number, "fail", "listens on ::"), about: "else" });

  test("comes from the first wrong answer, if it is one: other mistakes stand for themselves", () => {
    expect(from(wrong(3), wrong(14), wrong(16))).toBe(3);
    expect(from({ ...wrong(3), verdict: "flaky" }, wrong(16))).toBe(3);
    for (const number of [39, 43, 45]) expect(from(wrong(3), other(number))).toBeUndefined();
    expect(from(wrong(3), end(28, "Error: read ECONNRESET"))).toBeUndefined();
  });

  test("is a symptom where the case says so", () => {
    expect(from(wrong(2), other(39))).toBe(2);
    expect(from(wrong(2), other(31))).toBe(2);
    expect(from(wrong(33), other(34))).toBe(33);
    expect(from(wrong(3), wrong(33, "after all clients had left"), other(34))).toBe(33);
  });

  test("is the same end again where a server ends for the same cause, or with the same words", () => {
    expect(from(end(28, "Error: read ECONNRESET"), end(29, "Error: write EPIPE"))).toBe(28);
    expect(from(end(4, "Boom: byte 7"), end(16, "Boom: byte 19"))).toBe(4);
    expect(from(end(28, "Error: read ECONNRESET"), end(29, "Boom"))).toBeUndefined();
    expect(from(end(4, "Boom: byte 7"), wrong(16))).toBe(4);
  });

  test("never comes from a difference that the model declares and does not have", () => {
    expect(from({ ...wrong(16), opposite: true }, wrong(42))).toBeUndefined();
    expect(from(wrong(16), wrong(42))).toBe(16);
  });

  test("stands for itself where the other one is not asked", async () => {
    expect(failures(await ask("adds-newline", "tcp/echo/every-byte"))).toEqual([[4, undefined]]);
  });
});

describe("a word of --only", () => {
  const numbers = (...only: string[]) =>
    assignment(findModel("event-loop", "/").manifest, "concurrent", only).cases.map(({ number }) => number);

  test("is a number, an id, or the beginning of some; an id that begins another one is itself alone", () => {
    expect(numbers("5")).toEqual([5]);
    expect(numbers("tcp/half-close")).toEqual([2, 10]);
    expect(numbers("tcp/descriptors/too-few")).toEqual([33]);
    expect(numbers("tcp/descriptors/too-few-p", "3", "tcp/echo/no-newline")).toEqual([3, 40]);
    expect(numbers("nothing")).toEqual([]);
  });
});

describe("an explanation names the likely cause", () => {
  test.each<[number, string, RegExp]>([
    [29, "the server ended (signal 13, SIGPIPE): it said nothing", /SIGPIPE/],
    [27, "the server ended (exit code 1): Error: read ECONNRESET", /one client's error/],
    [43, "x ended with exit code 1 before it was ready: OSError: [Errno 98] Address already in use", /TIME_WAIT/],
    [
      4,
      "1024 bytes sent, 1024 came back; different from byte 128 on: expected 8081828384858687, got efbfbdefbfbd",
      /decoded as text/,
    ],
    [3, "1 bytes sent, 0 came back; different from byte 0 on: expected 78, got nothing", /newline/],
    [9, "67108864 bytes sent, 6291456 came back; then nothing moved", /short write/],
    [8, "of 16777216 bytes sent, what came back is different from byte 4243968 on: expected f5, got 72", /short write/],
    [9, "67108864 bytes sent, 0 came back; then a reset came", /reads late/],
    [
      10,
      "65536 bytes sent, 0 came back; different from byte 0 on: expected aa, got nothing; then FIN came",
      /good-bye/,
    ],
    [12, "4194304 bytes sent, 100 came back; then nothing moved; then a reset came", /still unread/],
    [22, "required: at most 32 MiB more memory; came: 250 MiB more", /reads on/],
    [3, "1 bytes sent, 1 came back; different from byte 0 on: expected 78, got 57", /a banner/],
    [4, "1024 bytes sent, 1 came back; different from byte 0 on: expected 0001020304050607, got ff", /NUL/],
    [
      4,
      "1024 bytes sent, 0 came back; different from byte 0 on: expected 0001, got nothing; then FIN came",
      /after one answer/,
    ],
    [44, 'started on port "abc" as if nothing were wrong', /port is not looked at/],
    [30, "the server ended (exit code 1): server: epoll_wait: Interrupted system call", /EINTR/],
    [33, "after all clients had left, a fresh one was not served: no connection within 2000 ms", /no descriptor/],
    [2, "required: FIN (end of file); came: nothing, within 2000 ms", /second process/],
    [36, "200 requests in 2 parts: required: a quarter of them within 35 ms; came: 43.9 ms", /Nagle/],
  ])("of case %i", (number, why, cause) => {
    expect(explain(caseOf(number), why)?.cause).toMatch(cause);
  });

  test("and says nothing where it knows nothing", () => {
    expect(explain(caseOf(1), "no idea")).toBeUndefined();
    const cut = "512 bytes sent, 430 came back; different from byte 430 on: expected aa, got nothing; then FIN came";
    expect(explain(caseOf(18), cut)).toBeUndefined();
    expect(explain(caseOf(40), "afterwards, a fresh client was not served: no connection")).toBeUndefined();
  });
});

describe("what is written to a file", () => {
  const evil = `<b>&"'\u0000]]> # not ok 1\n--- ${"x".repeat(200)}`;
  const results = [
    graded(3, "pass"),
    { ...graded(9, "fail", evil), explanation: { cause: "a <short> write", wayOut: "look & see" } },
    graded(16, "by design"),
    graded(17, "skipped", "nobody waits"),
    { ...graded(12, "fail", "0 came back"), follows: caseOf(9) },
    graded(26, "informational", "still open"),
    graded(28, "flaky", "it failed once"),
  ];
  const grade: Grade = {
    ...{
      profile: "concurrent",
      seed: 7,
      sandbox: "bubblewrap: <read-only>",
      observed: null,
      contradictions: [evil],
      results,
      startError: null,
      partial: false,
    },
    score: score(results),
  };
  const report = gradeReport(grade, evil, "pnpm grade ./mine");

  test("is as its schema says", () => {
    const schema = JSON.parse(readFileSync(file("grade.schema.json"), "utf8"));
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    expect(validate(JSON.parse(toJson(report))), JSON.stringify(validate.errors)).toBe(true);
    expect(report.cases[1]!.reproduce).toBe("pnpm grade --only tcp/echo/64-mib-to-a-late-reader --seed 7 ./mine");
  });

  test("and the schema is what grade-report.ts says (pnpm --filter @echolab/conformance schema)", {
    timeout: 180_000,
  }, () => {
    const made = createGenerator({
      ...{ path: file("src/grade/grade-report.ts"), tsconfig: file("tsconfig.json"), type: "GradeReport" },
      ...{ skipTypeCheck: true, schemaId: "https://echolab.dev/schema/grade-1.json" },
    }).createSchema("GradeReport");
    expect(JSON.parse(JSON.stringify(made))).toEqual(JSON.parse(readFileSync(file("grade.schema.json"), "utf8")));
  });

  test("is JUnit's XML: counts that are right, and a failure with its text", () => {
    const xml = toJUnit(report);
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(xml);
    const suite = testsuites.testsuite;
    expect(suite).toMatchObject({ tests: "7", failures: "3", errors: "0", skipped: "2" });
    expect(suite.testcase).toHaveLength(7);
    for (const each of suite.testcase)
      expect(each).toMatchObject({ classname: expect.stringMatching(/^tcp\./), time: "0.013" });
    expect(suite.testcase[1].failure["#text"]).toContain("a <short> write");
    expect(suite.testcase[3].skipped.message).toContain("nobody waits");
  });

  test("is TAP 14: a plan, a point for each case, and what failed as YAML", () => {
    const tap = toTap(report);
    expect(tap.startsWith("TAP version 14\n1..7\n")).toBe(true);
    const points = Parser.parse(tap).flatMap((event) => (event[0] === "assert" ? [event[1]] : []));
    expect(points.map(({ ok, skip }) => (skip ? "skip" : ok))).toEqual([
      true,
      false,
      true,
      "skip",
      false,
      "skip",
      false,
    ]);
    expect((points[1] as { diag: { cause: string } }).diag.cause).toBe("a <short> write");
    expect((points[4] as { diag: { follows: string } }).diag.follows).toBe("tcp/echo/64-mib-to-a-late-reader");
  });

  test("is Gradescope's: a score, and a status for each case that counts", () => {
    const { score: points, tests } = JSON.parse(toGradescope(report));
    expect(points).toBe(grade.score);
    expect(tests.map(({ status }: { status?: string }) => status)).toEqual([
      "passed",
      "failed",
      "passed",
      undefined,
      "failed",
      undefined,
      "failed",
    ]);
  });

  test("says which sandbox it was", () => {
    for (const written of [toJson, toTap, toGradescope]) expect(written(report)).toContain("bubblewrap: <read-only>");
    for (const written of [toJUnit, toHtml]) expect(written(report)).toContain("bubblewrap: &lt;read-only&gt;");
  });

  test("is a page in which nothing of the server is markup", () => {
    expect(toHtml(report)).not.toContain("<b>&");
    expect(toHtml(report)).toContain("a &lt;short&gt; write");
  });
});
