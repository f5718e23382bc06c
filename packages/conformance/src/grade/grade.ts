import { type Limits, type Model, ServerProcess, type StartOptions } from "@echolab/model";
import type { Case } from "../case.ts";
import { needsOf } from "../cases.ts";
import type { Outcome } from "../run-case.ts";
import type { RemoteServer } from "../subject.ts";
import type { Explanation } from "./explain.ts";
import { contradictions, type Observed, observe } from "./observe.ts";
import { grouped, groupOf, inLanes } from "./order.ts";
import { assignment, type ProfileName } from "./profiles.ts";
import { aborted, explained, type Lane, runGroup } from "./run-group.ts";
import { score } from "./score.ts";

export interface GradeRequest {
  /** A model, or a server that somebody else has started. */
  readonly subject: Model | RemoteServer;
  /** Whether what it promises was written down, or is only assumed. */
  readonly declared: boolean;
  readonly profile: ProfileName;
  /** Ids, or beginnings of ids; undefined: all of the profile. */
  readonly only?: readonly string[];
  readonly seed: number;
  /** So many times as long as usual are all limits of time, on this machine and by this person's wish. */
  readonly slowness: number;
  /** Words that run the server's command, as strace's. */
  readonly under?: readonly string[];
  readonly signal: AbortSignal;
}

/** What came of one case. */
export interface Graded {
  readonly case: Case;
  /** flaky: it failed, and passed when it was tried once more alone. Scored as a failure. */
  readonly verdict: Outcome | "flaky";
  readonly why?: string;
  /** Skipped because this one failed. Scored as a failure. */
  readonly needs?: Case;
  readonly explanation?: Explanation;
  /** Milliseconds. */
  readonly took: number;
}

export interface Grade {
  readonly profile: ProfileName;
  readonly seed: number;
  /** Null for a UDP server, one that did not start, and one that somebody else has started. */
  readonly observed: Observed | null;
  readonly contradictions: readonly string[];
  /** In the order of the cases. */
  readonly results: readonly Graded[];
  /** 0 to 100; null where nothing could be scored. */
  readonly score: number | null;
  /** Why it never started. */
  readonly startError: string | null;
  /** Interrupted: cases are missing. */
  readonly partial: boolean;
}

/** What a stranger's program may have: enough for every case, and not for more than that. */
const LIMITS: Limits = { descriptors: 8192, processes: 3000, cpu: 300, memory: 4 * 2 ** 30 };
/** Groups of cases that run at the same time: most of the time, a case waits. */
const LANES = 3;
/** Groups whose time is their subject: they run alone, after the others; no case of another group needs one of theirs. */
const ALONE = ["timing", "soak", "model"];

/**
 * Asks one server every case of a profile. Each group of cases has a server of its own, and one that ended is started
 * again: a crash fails the case in which it happened, and no other.
 * @param onResult after every case, with all that is known by then
 */
export async function grade(request: GradeRequest, onResult: (grade: Grade, latest: Graded) => void): Promise<Grade> {
  const { subject, profile, only, seed, slowness, signal, under } = request;
  const options: StartOptions = { limits: LIMITS, under, deadline: 10_000 * slowness };
  const declared = "manifest" in subject ? subject.manifest : subject.model.manifest;
  let seen: Observed | null = null;
  let startError: string | null = null;
  if ("manifest" in subject) {
    const first = await look(subject, options, slowness);
    seen = first.observed;
    startError = first.error;
  }
  // What nobody wrote down is taken as it was seen, but for what the assignment asks.
  const asSeen = !request.declared && seen ? { isolation: seen.isolation, idle: seen.idle } : {};
  const { manifest, cases } = assignment({ ...declared, ...asSeen }, profile, only);
  const results = new Map<Case, Graded>();
  const grade = (): Grade => {
    const inOrder = cases.flatMap((each) => results.get(each) ?? []);
    return {
      ...{ profile, seed, observed: seen, startError, results: inOrder, score: score(inOrder) },
      contradictions: seen && request.declared ? contradictions(declared, seen) : [],
      partial: results.size < cases.length,
    };
  };
  const tell = (result: Graded) => {
    if (signal.aborted) return;
    results.set(result.case, result);
    onResult(grade(), result);
  };
  const hopeless = startError ?? (seen?.servesAtOnce === "nobody" ? "it starts, and answers nobody" : null);
  if (hopeless !== null) {
    const [first, ...others] = cases;
    if (first) tell({ case: first, verdict: "fail", why: hopeless, took: 0, ...explained(first, hopeless) });
    const why = startError === null ? hopeless : "it did not start";
    for (const each of others) tell({ case: each, verdict: "skipped", why, needs: first!, took: 0 });
    return grade();
  }
  const failed = (need: Case): Case | undefined => {
    const result = results.get(need);
    return result?.verdict === "fail" ? need : result?.needs;
  };
  const unmet = (each: Case) => needsOf(each).map(failed).find(Boolean);
  const promised = withPromises(subject, manifest);
  const lane: Lane = { subject: promised, options, seed, slowness, signal, over: aborted(signal), unmet };
  const ask = async (group: readonly Case[]) => {
    for await (const result of runGroup(lane, group)) {
      tell(result);
      if (isNeeded(result.case)) await askAgain(result.case);
    }
  };
  // Beside others a right server may be too slow for a limit of time: who failed is asked once more.
  const askAgain = async (suspect: Case) => {
    const { verdict, why } = results.get(suspect) ?? {};
    if (verdict !== "fail") return;
    for await (const again of runGroup(lane, [suspect])) {
      const isFlaky = again.verdict === "pass" || again.verdict === "by design";
      tell(isFlaky ? { ...again, verdict: "flaky", why: `it failed once (${why}), and passed once` } : again);
    }
  };
  const isNeeded = (each: Case) => cases.some((other) => needsOf(other).includes(each));
  const together = cases.filter(({ id }) => !ALONE.includes(groupOf(id)));
  await inLanes(together, LANES, ask);
  for (const group of grouped(cases.filter(({ id }) => ALONE.includes(groupOf(id))))) await ask(group);
  for (const each of cases) if (!isNeeded(each)) await askAgain(each);
  return grade();
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
    return { observed: null, error: (error as Error).message };
  }
  try {
    return { observed: model.manifest.protocol === "tcp" ? await observe(server, slowness) : null, error: null };
  } finally {
    await server.stop();
  }
}

const withPromises = (subject: Model | RemoteServer, manifest: Model["manifest"]): Model | RemoteServer =>
  "manifest" in subject ? { ...subject, manifest } : { ...subject, model: { ...subject.model, manifest } };
