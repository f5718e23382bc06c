import { StartError } from "@echolab/model";

/** What a failure is about: what a client got, the server's own end, or something else that was looked at. */
export type About = "answer" | "end" | "else";

export class Failure extends Error {
  override readonly name = "Failure";
  readonly about: About;

  constructor(message: string, about: About = "else") {
    super(message);
    this.about = about;
  }
}

export function aboutOf(error: unknown): About {
  if (error instanceof StartError) return "end";
  return error instanceof Failure ? error.about : "else";
}

/** The case cannot be decided here: the server's processes cannot be seen, or this machine lacks what the case needs. */
export class Unverifiable extends Error {
  override readonly name: string = "Unverifiable";
}
