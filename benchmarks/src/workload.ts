import { readFileSync } from "node:fs";
import { compileSchema, ManifestError, parseJson } from "@echolab/model";
import type { Toxics } from "@echolab/relay";
import { cell } from "./cell.ts";
import { type Distribution, quantile } from "./distribution.ts";
import type { Hostile } from "./generator-protocol.ts";
import { clientsPerSecond, messagesPerSecond, p99 } from "./measure.ts";
import type { LoadScenario } from "./scenario.ts";

/** A workload.json; workload.schema.json describes it. */
interface Workload {
  readonly title: string;
  readonly clients: number;
  readonly active?: number;
  readonly bytes: Distribution;
  readonly think: Distribution;
  readonly depth: number;
  readonly rate: number | null;
  readonly requests: number | null;
  readonly hostile: Hostile;
  readonly window: number;
  readonly network: Toxics | null;
}

const schema = JSON.parse(readFileSync(new URL("../workload.schema.json", import.meta.url), "utf8"));
const validate = compileSchema(schema);
/** The largest message that a distribution may ask for, in practice: its 99.9th percentile. */
const LARGEST = 1024 * 1024;

/**
 * What an engineer runs, as a scenario of its own.
 * @param text a workload.json
 * @param file its path, for the error
 * @throws ManifestError that names the file and the key
 */
export function parseWorkload(text: string, file: string): LoadScenario {
  const workload = parseJson(text, file, validate) as Workload;
  const { clients, active = clients, bytes, think, depth, rate, requests, hostile, title, network } = workload;
  const wrong = (why: string) => new ManifestError(`${file}: ${why}`);
  if (active > clients) throw wrong(`"active" is ${active}, of only ${clients} "clients"`);
  if (requests !== null && active < clients) throw wrong('with "requests" every client talks: leave out "active"');
  if (rate !== null && (requests !== null || think !== 0 || depth !== 1))
    throw wrong('with a "rate" nobody waits for an answer: "requests", "think" and "depth" have no meaning beside it');
  if (requests !== null && depth > requests) throw wrong(`"depth" is ${depth}, of only ${requests} "requests"`);
  if (quantile(bytes, 0.999) > LARGEST) throw wrong(`"bytes" goes beyond ${LARGEST}: a message is at most that large`);
  const usual = cell(clients, {
    ...{ bytes: Math.max(1, Math.round(quantile(bytes, 0.5))), depth },
    rate: rate === null ? null : { perSecond: rate },
  });
  return {
    kind: "load",
    protocol: "tcp",
    scenario: "workload",
    shows: title,
    punishes: "whoever is not made for this load",
    blocks: { default: 10, quick: 5, full: 20 },
    cells: { default: [usual], full: [usual] },
    varies: ["clients", "topology", ...(rate === null ? [] : ["rate" as const])],
    control: true,
    upToDeclared: false,
    cost: { start: 1.5, block: 0.1 + workload.window / 1000 },
    window: workload.window,
    ...(network && { network: { up: network, down: network } }),
    // Where clients think, or come at a rate of their own, all servers answer as many: what differs is how soon.
    measure: rate !== null || think !== 0 ? p99 : requests === 1 ? clientsPerSecond : messagesPerSecond,
    talking: (clients) => Math.min(active, clients),
    load: ({ clients }) => ({
      ...{
        clients,
        bytes,
        think,
        depth,
        requests,
        again: requests !== null,
        hostile,
      },
    }),
  };
}
