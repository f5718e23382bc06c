import { dirname } from "node:path";
import { type Model, parseManifest } from "@echolab/model";

/**
 * A program of our own that listens, as a model: it is started, awaited and ended as a server is. Nobody could ask for
 * it by name.
 */
export function programAsModel(
  name: string,
  protocol: "tcp" | "udp",
  program: string,
  words: readonly string[],
): Model {
  const manifest = {
    ...{ version: 1, title: name, summary: "A program of the benchmark itself.", protocol, ready: "line" },
    command: ["node", program, ...words],
    ...{ clients: "many", overload: "queue", idle: "sleeps", isolation: "none" },
  };
  return { name, folder: dirname(program), manifest: parseManifest(JSON.stringify(manifest), program), own: {} };
}
