import type { Chosen, Model } from "@echolab/model";
import type { Case } from "../case.ts";
import type { Outcome, Verdict } from "../run-case.ts";
import type { RemoteServer } from "../subject.ts";
import type { Explanation } from "./explain.ts";
import type { Observed } from "./observe.ts";
import type { ProfileName } from "./profiles.ts";

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
