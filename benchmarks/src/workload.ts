import { ManifestError, parseJson, schemaIn } from "@echolab/model";
import type { Toxics } from "@echolab/relay";
import { cell } from "./cell.ts";
import { type Distribution, quantile } from "./distribution.ts";
import type { Hostile } from "./generator-protocol.ts";
import { clientsPerSecond, messagesPerSecond, p99 } from "./measure.ts";
import { mostClients, shortage } from "./own-limits.ts";
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

const schema = schemaIn(new URL("../workload.schema.json", import.meta.url));
/** The largest message that a distribution may ask for, in practice: its 99.9th percentile. */
const LARGEST = 1024 * 1024;

/**
 * What an engineer runs, as a scenario of its own.
 * @param text a workload.json
 * @param file its path, for the error
 * @throws ManifestError that names the file and the key
 */
export function parseWorkload(text: string, file: string): LoadScenario {
  const workload = parseJson(text, file, schema) as Workload;
  const { clients, active = clients, bytes, think, depth, rate, requests, hostile, title, network } = workload;
  const wrong = (why: string) => new ManifestError(`${file}: ${why}`);
  checkOrder("bytes", bytes, wrong);
  checkOrder("think", think, wrong);
  checkSizes(bytes, wrong);
  const all = clients + Object.values(hostile).reduce((sum, count) => sum + count, 0);
  if (all > mostClients()) throw wrong(`"clients", with the hostile ones: ${shortage(all)}`);
  if (active > clients) throw wrong(`"active" is ${active}, of only ${clients} "clients"`);
  if (requests !== null && active < clients) throw wrong('with "requests" every client talks: leave out "active"');
  if (rate !== null && (requests !== null || think !== 0 || depth !== 1))
    throw wrong('with a "rate" nobody waits for an answer: "requests", "think" and "depth" have no meaning beside it');
  if (requests !== null && depth > requests) throw wrong(`"depth" is ${depth}, of only ${requests} "requests"`);
  const { window } = workload;
  if (requests !== 1 && quantile(think, 0.5) >= window)
    throw wrong(`"think" is ${quantile(think, 0.5)} ms, and a "window" has ${window} ms: few clients would ask in it`);
  if (network && 2 * (network.latency ?? 0) >= window)
    throw wrong(
      `"network.latency" is ${network.latency} ms each way, and a "window" has ${window} ms: no answer is in time`,
    );
  const usual = cell(clients, {
    ...{ bytes: Math.round(quantile(bytes, 0.5)), depth },
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
    cost: { start: 1.5, block: 0.1 + window / 1000 },
    window,
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

type Wrong = (why: string) => ManifestError;

/** What a schema cannot say of a distribution: the smaller value comes first. */
function checkOrder(key: string, values: Distribution, wrong: Wrong): void {
  if (typeof values === "number") return;
  if ("uniform" in values && values.uniform[0] > values.uniform[1])
    throw wrong(`"${key}.uniform" is [${values.uniform.join(", ")}]: the smaller value comes first`);
  if ("lognormal" in values && values.lognormal.p99 < values.lognormal.median)
    throw wrong(
      `"${key}.lognormal": "p99" is ${values.lognormal.p99}, below "median", which is ${values.lognormal.median}`,
    );
}

function checkSizes(bytes: Distribution, wrong: Wrong): void {
  const odd = named(bytes).find((size) => !Number.isInteger(size) || size < 1);
  if (odd !== undefined) throw wrong(`"bytes" has ${odd}: a message is a whole number of bytes, from 1`);
  if (quantile(bytes, 0.5) < 1) throw wrong('"bytes" goes below 1: half of the messages would be empty');
  if (quantile(bytes, 0.999) > LARGEST) throw wrong(`"bytes" goes beyond ${LARGEST}: a message is at most that large`);
}

/** The values that stand in it. */
function named(values: Distribution): readonly number[] {
  if (typeof values === "number") return [values];
  if ("uniform" in values) return values.uniform;
  return "choice" in values ? values.choice.map(([value]) => value) : [];
}
