import type { Manifest } from "@echolab/model";
import type { Subject } from "./subject.ts";

/**
 * One thing that every echo server must do, as data. Fails by throwing a `Failure`, whose message says what was
 * required, what was sent and what came.
 */
export interface Case {
  /** Its number in the list of cases. */
  readonly number: number;
  /** Stable, e.g. `tcp/half-close/send-then-fin`. */
  readonly id: string;
  /** must: RFC 862. robustness: one bad client harms nobody. bounded: limits are kept. */
  readonly tier: "must" | "robustness" | "bounded";
  /** `full` takes seconds: it runs by `pnpm conformance`, not by `pnpm test`. */
  readonly pace: "quick" | "full";
  /** One sentence in the present tense: "answers a second client while the first one stays silent". */
  readonly requirement: string;
  /** The suite, specification or bug it was drawn from. */
  readonly from: string;
  /** What the model's own promises make of it; left out: every model must. */
  readonly applies?: (manifest: Manifest) => Applies;
  readonly run: (subject: Subject) => Promise<void>;
  /** What a model that declares the difference must do instead: checked where `applies` says `by design`. */
  readonly opposite?: (subject: Subject) => Promise<void>;
}

/** A skipped case carries its reason. */
export type Applies = "required" | "by design" | { readonly skip: string };

export class Failure extends Error {
  override readonly name = "Failure";
}
