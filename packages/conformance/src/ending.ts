import { constants } from "node:os";
import { lastWords, type ServerProcess } from "@echolab/model";

/** How the server ended, and why; undefined while it runs. */
export async function ending(server: ServerProcess): Promise<string | undefined> {
  if (server.running) return undefined;
  const { code, signal } = await server.ended;
  await server.silence();
  const how = signal ? `signal ${constants.signals[signal]}, ${signal}` : `exit code ${code}`;
  if (server.exceeded) return `the server was ended: it ${server.exceeded}`;
  return `the server ended (${how}): ${lastWords(server.stderr) || "it said nothing"}`;
}
