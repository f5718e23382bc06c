import type { Manifest } from "@echolab/model";
import type { Subject } from "./subject.ts";

/**
 * must: RFC 862. robustness: one bad client harms nobody. bounded: limits are kept. informational: told, never scored.
 */
export type Tier = "must" | "robustness" | "bounded" | "informational";

/**
 * One thing that every echo server must do, as data. Fails by throwing a `Failure`, whose message says what was
 * required, what was sent and what came.
 */
export interface Case {
  /** Its number in the list of cases: 1 to 46 for TCP, U1 to U9 for UDP. */
  readonly number: number | `U${number}`;
  /** Stable, e.g. `tcp/half-close/send-then-fin`. It begins with the protocol. */
  readonly id: string;
  readonly tier: Tier;
  /** `full` takes seconds: it runs by `pnpm conformance`, not by `pnpm test`. `soak` takes a minute, and runs when it is asked for. */
  readonly pace: "quick" | "full" | "soak";
  /** One sentence in the present tense: "answers a second client while the first one stays silent". */
  readonly requirement: string;
  /** The suite, specification or bug it was drawn from. */
  readonly from: string;
  /** Numbers of those without which its clients cannot get what they are to get. Left out: `needsOf` says. */
  readonly needs?: readonly Case["number"][];
  /** Numbers of those whose mistake makes it fail whatever it looks at: descriptors, memory, processes. */
  readonly symptomOf?: readonly Case["number"][];
  /** What the model's own promises make of it; left out: every model must. */
  readonly applies?: (manifest: Manifest) => Applies;
  /** @returns what was measured on the way, where that says something */
  readonly run: (subject: Subject) => Promise<string | undefined>;
  /** What a model that declares the difference must do instead: checked where `applies` says `by design`. */
  readonly opposite?: (subject: Subject) => Promise<string | undefined>;
}

/** A skipped case carries its reason. */
export type Applies = "required" | "by design" | { readonly skip: string };
