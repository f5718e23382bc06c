import type { Case } from "../case.ts";
import { rootOf } from "./follows.ts";
import type { Grade, Graded, GradeRequest } from "./graded.ts";
import { contradictions, type Observed } from "./observe.ts";
import { score } from "./score.ts";

/** A grade takes a minute or two; a server that answers late, but not too late, could take hours. */
export const GRADE_MINUTES = 20;

/** What is known of a server by now. */
export class Known {
  readonly results = new Map<Case, Graded>();
  observed: Observed | null = null;
  startError: string | null = null;
  /** Aborts when the person has had enough, or the time is over. */
  readonly signal: AbortSignal;
  readonly #request: GradeRequest;
  readonly #cases: readonly Case[];
  readonly #timeLimit: AbortSignal;
  readonly #minutes: number;

  constructor(request: GradeRequest, cases: readonly Case[]) {
    this.#request = request;
    this.#cases = cases;
    this.#minutes = Math.ceil(request.minutes ?? GRADE_MINUTES);
    this.#timeLimit = AbortSignal.timeout(Math.ceil((request.minutes ?? GRADE_MINUTES) * 60_000));
    this.signal = AbortSignal.any([request.signal, this.#timeLimit]);
  }

  /** Why the server cannot pass any case; null where it may. */
  get hopeless(): string | null {
    return this.startError ?? (this.observed?.servesAtOnce === "nobody" ? "it starts, and answers nobody" : null);
  }

  grade(): Grade {
    const { subject, declared, profile, seed, sandbox } = this.#request;
    const { manifest } = "manifest" in subject ? subject : subject.model;
    const { observed, startError } = this;
    const results = this.#cases.map((each): Graded => {
      const result = this.results.get(each);
      return result ? concluded(result, this.results) : { ...notAsked, case: each, why: `not asked: ${this.#why()}` };
    });
    return {
      ...{ profile, seed, sandbox: sandbox?.words ?? null, observed, startError, results, score: score(results) },
      contradictions: observed && declared ? contradictions(manifest, observed) : [],
      partial: this.results.size < this.#cases.length,
    };
  }

  /** Why cases were not asked: also what a file says that is read after this process was killed. */
  #why(): string {
    if (this.#request.signal.aborted) return "interrupted";
    return this.#timeLimit.aborted
      ? `the time limit of ${amount(this.#minutes, "minute")} was over`
      : "the grader ended before it";
  }
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
