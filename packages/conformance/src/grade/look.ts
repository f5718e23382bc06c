import { type Model, ServerProcess, StartError, type StartOptions } from "@echolab/model";
import { startLimit } from "../own-limits.ts";
import { type Observed, observe } from "./observe.ts";

/** Starts it once, and looks at what it does. */
export async function look(
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
