import { type Chosen, type Limits, type Model, ServerProcess, StartError, type StartOptions } from "@echolab/model";
import type { Case } from "../case.ts";
import { startLimit } from "../own-limits.ts";
import type { Outcome, Verdict } from "../run-case.ts";
import type { RemoteServer } from "../subject.ts";
import type { Explanation } from "./explain.ts";
import { depth, rootOf } from "./follows.ts";
import { contradictions, type Observed, observe } from "./observe.ts";
import { assignment, type ProfileName } from "./profiles.ts";
import { aborted, explained, type Lane, runGroup } from "./run-group.ts";
import { isPassed, score } from "./score.ts";

export interface GradeRequest {
  /** A model, or a server that somebody else has started. */
  readonly subject: Model | RemoteServer;
  /** Whether what it promises was written down, or is only assumed. */
  readonly declared: boolean;
  /** Builds it, and says why that failed: then it is graded as what does not start. */
  readonly build?: (() => Promise<string | undefined>) | undefined;
  readonly profile: ProfileName;
  /** Ids, beginnings of ids, or numbers; undefined: all of the profile. */
  readonly only?: readonly string[];
  readonly seed: number;
  /** So many times as long as usual are all limits of time, on this machine and by this person's wish. */
  readonly slowness: number;
  /** Words that run the server's command, as strace's. */
  readonly under?: readonly string[];
  readonly signal: AbortSignal;
  /** The whole grade may take so long; what was not asked by then fails. Left out: GRADE_MINUTES. */
  readonly minutes?: number;
  /** What the server runs in; default: what suits its origin. */
  readonly sandbox?: Chosen;
}

/** What came of one case. */
export interface Graded extends Omit<Verdict, "verdict"> {
  /**
   * flaky: it failed, and passed when it was tried once more alone. not asked: the grade ended before it, or has not
   * come to it. Both are scored as a failure.
   */
  readonly verdict: Outcome | "flaky" | "not asked";
  readonly explanation?: Explanation;
  /** Its failure comes from this one's. */
  readonly follows?: Case;
  /** Milliseconds. */
  readonly took: number;
}

export interface Grade {
  readonly profile: ProfileName;
  readonly seed: number;
  /** What kept the server from the rest of the machine, in words; null: what suits its origin. */
  readonly sandbox: string | null;
  /** Null for a UDP server, one that did not start, and one that somebody else has started. */
  readonly observed: Observed | null;
  readonly contradictions: readonly string[];
  /** Every case, in their order: also those that were not asked. */
  readonly results: readonly Graded[];
  /** 0 to 100; null where nothing could be scored. */
  readonly score: number | null;
  /** Why it never started. */
  readonly startError: string | null;
  /** Cases were not asked. */
  readonly partial: boolean;
}

/** A grade takes a minute or two; a server that answers late, but not too late, could take hours. */
export const GRADE_MINUTES = 20;
/** What a stranger's program may have: enough for every case, and not for more than that. */
const LIMITS: Limits = { descriptors: 8192, processes: 3000, cpu: 300, memory: 4 * 2 ** 30 };
/** Groups of cases that run at the same time: most of the time, a case waits. */
const LANES = 3;
/** Groups whose time is their subject: they run alone, after the others. */
const ALONE = ["timing", "soak", "model"];

/**
 * Asks one server every case of a profile. Each group of cases has a server of its own, and one that ended is started
 * again: a crash fails the case in which it happened, and no other.
 * @param onResult after every case, with all that is known by then; and before the first one, which is not asked yet then
 */
export async function grade(request: GradeRequest, onResult: (grade: Grade, latest: Graded) => void): Promise<Grade> {
  const { subject, profile, only, seed, slowness, under, sandbox, minutes = GRADE_MINUTES } = request;
  const timeLimit = AbortSignal.timeout(Math.ceil(minutes * 60_000));
  const signal = AbortSignal.any([request.signal, timeLimit]);
  const options: StartOptions = {
    ...{ limits: LIMITS, under, deadline: 10_000 * slowness, enclosure: sandbox?.enclosure },
  };
  const declared = "manifest" in subject ? subject.manifest : subject.model.manifest;
  const { cases } = assignment(declared, profile, only);
  let seen: Observed | null = null;
  let startError: string | null = null;
  const results = new Map<Case, Graded>();
  const grade = (): Grade => {
    const overTime = `the time limit of ${amount(Math.ceil(minutes), "minute")} was over`;
    // What a file says that is read after this process was killed.
    const why = request.signal.aborted ? "interrupted" : timeLimit.aborted ? overTime : "the grader ended before it";
    const all = cases.map((each): Graded => {
      const result = results.get(each);
      return result ? concluded(result, results) : { ...notAsked, case: each, why: `not asked: ${why}` };
    });
    return {
      ...{
        profile,
        seed,
        sandbox: sandbox?.words ?? null,
        observed: seen,
        startError,
        results: all,
        score: score(all),
      },
      contradictions: seen && request.declared ? contradictions(declared, seen) : [],
      partial: results.size < cases.length,
    };
  };
  const tell = (result: Graded) => {
    if (signal.aborted) return;
    results.set(result.case, result);
    onResult(grade(), result);
  };
  // From now on, a grader that is killed leaves files in which nothing has passed unasked.
  for (const first of grade().results.slice(0, 1)) onResult(grade(), first);
  const over = aborted(signal);
  startError = (await Promise.race([request.build?.(), over])) ?? null;
  if (signal.aborted) return grade();
  if ("manifest" in subject && startError === null) {
    const first = await look(subject, options, slowness);
    seen = first.observed;
    startError = first.error;
  }
  // What nobody wrote down is taken as it was seen, but for what the assignment asks.
  const asSeen = !request.declared && seen ? { isolation: seen.isolation, idle: seen.idle } : {};
  const { manifest } = assignment({ ...declared, ...asSeen }, profile, only);
  const hopeless = startError ?? (seen?.servesAtOnce === "nobody" ? "it starts, and answers nobody" : null);
  if (hopeless !== null) {
    const [first, ...others] = cases;
    if (first) tell({ case: first, verdict: "fail", why: hopeless, took: 0, ...explained(first, hopeless) });
    const why = startError === null ? hopeless : "it did not start";
    for (const each of others) tell({ case: each, verdict: "skipped", why, took: 0 });
    return grade();
  }
  const lane: Lane = {
    subject: withPromises(subject, manifest),
    options,
    seed,
    slowness,
    signal,
    over,
  };
  const groups = grouped(cases);
  const together = groups.filter(({ name }) => !ALONE.includes(name));
  const take = async () => {
    for (let group = together.shift(); group && !signal.aborted; group = together.shift())
      for await (const result of runGroup(lane, group.cases)) tell(result);
  };
  // Who runs already is one server for all: it may have one place only.
  await Promise.all(Array.from({ length: "manifest" in subject ? LANES : 1 }, take));
  for (const { cases } of groups.filter(({ name }) => ALONE.includes(name)))
    for await (const result of runGroup(lane, cases)) tell(result);
  // Beside others a right server may be too slow for a limit of time: who failed is asked once more, alone. What others
  // need comes first: what follows from it is known then.
  for (const suspect of [...cases].sort((a, b) => depth(a) - depth(b))) {
    const once = results.get(suspect);
    if (once?.verdict !== "fail" || rootOf(once, results)) continue;
    for await (const again of runGroup(lane, [suspect])) {
      const why = `it failed once (${once.why}), and passed once`;
      tell(isPassed(again) ? { ...once, verdict: "flaky", why } : again);
    }
  }
  return grade();
}

const amount = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

const notAsked = { verdict: "not asked", took: 0 } as const;

/** With the case that its failure comes from, which then has the explanation. */
function concluded(result: Graded, results: ReadonlyMap<Case, Graded>): Graded {
  const follows = rootOf(result, results);
  if (!follows) return result;
  const { explanation: _, ...rest } = result;
  return { ...rest, follows };
}

/** Starts it once, and looks at what it does. */
async function look(
  model: Model,
  options: StartOptions,
  slowness: number,
): Promise<{ observed: Observed | null; error: string | null }> {
  let server: ServerProcess;
  try {
    server = await ServerProcess.start(model, options);
  } catch (error) {
    const limit = startLimit(error);
    if (limit) throw limit; // the grader's own: no server can be graded here
    if (!(error instanceof StartError)) throw error; // the grader's own fault
    return { observed: null, error: withHint(error.message, options) };
  }
  let observed: Observed | null = null;
  try {
    if (model.manifest.protocol === "tcp") observed = await observe(server, slowness);
  } finally {
    await server.stop();
  }
  // It would leave one behind in every case.
  return { observed, error: server.unendable ?? null };
}

/** A program that does not find what it needs may find it outside. */
function withHint(why: string, { enclosure }: StartOptions): string {
  const isMissing = /no such file|not found|cannot find module|modulenotfound/i.test(why);
  if (enclosure !== "bubblewrap" || !isMissing) return why;
  return `${why} (in the sandbox there is its own folder and no other: see --sandbox)`;
}

const withPromises = (subject: Model | RemoteServer, manifest: Model["manifest"]): Model | RemoteServer =>
  "manifest" in subject ? { ...subject, manifest } : { ...subject, model: { ...subject.model, manifest } };

/** Cases by the second part of their id, those that take longest first. */
function grouped(cases: readonly Case[]): { name: string; cases: Case[] }[] {
  const groups = new Map<string, Case[]>();
  for (const each of cases) {
    const name = each.id.split("/")[1]!;
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  const slow = (group: readonly Case[]) => group.filter(({ pace }) => pace !== "quick").length;
  return [...groups].map(([name, cases]) => ({ name, cases })).sort((a, b) => slow(b.cases) - slow(a.cases));
}
