import type { Limits, Model, StartOptions } from "@echolab/model";
import type { Case } from "../case.ts";
import type { RemoteServer } from "../subject.ts";
import { depth, rootOf } from "./follows.ts";
import type { Grade, Graded, GradeRequest } from "./graded.ts";
import { Known } from "./known.ts";
import { look } from "./look.ts";
import { assignment } from "./profiles.ts";
import { aborted, explained, type Lane, runGroup } from "./run-group.ts";
import { isPassed } from "./score.ts";

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
  const { subject, profile, only, seed, slowness, under, sandbox } = request;
  const options: StartOptions = {
    ...{ limits: LIMITS, under, deadline: 10_000 * slowness, enclosure: sandbox?.enclosure },
  };
  const declared = "manifest" in subject ? subject.manifest : subject.model.manifest;
  const { cases } = assignment(declared, profile, only);
  const known = new Known(request, cases);
  const { signal } = known;
  const tell = (result: Graded) => {
    if (signal.aborted) return;
    known.results.set(result.case, result);
    onResult(known.grade(), result);
  };
  // From now on, a grader that is killed leaves files in which nothing has passed unasked.
  for (const first of known.grade().results.slice(0, 1)) onResult(known.grade(), first);
  const over = aborted(signal);
  known.startError = (await Promise.race([request.build?.(), over])) ?? null;
  if (signal.aborted) return known.grade();
  if ("manifest" in subject && known.startError === null) {
    const { observed, error } = await look(subject, options, slowness);
    known.observed = observed;
    known.startError = error;
  }
  const { observed: seen, hopeless } = known;
  if (hopeless !== null) {
    const [first, ...others] = cases;
    if (first) tell({ case: first, verdict: "fail", why: hopeless, took: 0, ...explained(first, hopeless) });
    const why = known.startError === null ? hopeless : "it did not start";
    for (const each of others) tell({ case: each, verdict: "skipped", why, took: 0 });
    return known.grade();
  }
  // Without a model.json we use what we saw, except where the assignment asks for something.
  const asSeen = !request.declared && seen ? { isolation: seen.isolation, idle: seen.idle } : {};
  const { manifest } = assignment({ ...declared, ...asSeen }, profile, only);
  const lane: Lane = { subject: withPromises(subject, manifest), options, seed, slowness, signal, over };
  await askInLanes(lane, cases, tell);
  await askAgain(lane, cases, known.results, tell);
  return known.grade();
}

type Tell = (result: Graded) => void;

async function askInLanes(lane: Lane, cases: readonly Case[], tell: Tell): Promise<void> {
  const groups = grouped(cases);
  const together = groups.filter(({ name }) => !ALONE.includes(name));
  const take = async () => {
    for (let group = together.shift(); group && !lane.signal.aborted; group = together.shift())
      for await (const result of runGroup(lane, group.cases)) tell(result);
  };
  // Who runs already is one server for all: it may have one place only.
  await Promise.all(Array.from({ length: "manifest" in lane.subject ? LANES : 1 }, take));
  for (const { cases } of groups.filter(({ name }) => ALONE.includes(name)))
    for await (const result of runGroup(lane, cases)) tell(result);
}

/**
 * Beside others a right server may be too slow for a limit of time: who failed is asked once more, alone. What others
 * need comes first: what follows from it is known then.
 */
async function askAgain(
  lane: Lane,
  cases: readonly Case[],
  results: ReadonlyMap<Case, Graded>,
  tell: Tell,
): Promise<void> {
  for (const suspect of [...cases].sort((a, b) => depth(a) - depth(b))) {
    const once = results.get(suspect);
    if (once?.verdict !== "fail" || rootOf(once, results)) continue;
    for await (const again of runGroup(lane, [suspect])) {
      const why = `it failed once (${once.why}), and passed once`;
      tell(isPassed(again) ? { ...once, verdict: "flaky", why } : again);
    }
  }
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
