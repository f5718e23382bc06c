import type { Model } from "@echolab/model";
import type { Cell, Rate } from "./sample.ts";
import type { Factor, Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import type { TopologyName } from "./topology.ts";

/** What a person asked for. */
export interface Request {
  /** What was typed, to be typed again. */
  readonly command: string;
  readonly models: readonly Model[];
  /** Names of scenarios; undefined: those of the pace. */
  readonly scenarios?: readonly string[];
  /** A scenario of the person's own, which then is the only one. */
  readonly workload?: Scenario;
  readonly pace: Pace;
  /** Values that a scenario takes instead of its own, where it varies that factor. */
  readonly vary: Variations;
  /** Milliseconds that the whole run may take, about. It decides the number of blocks, never fewer than 5. Default: that of its pace. */
  readonly budget?: number;
  readonly seed: number;
  /** How many times as long as usual it takes here to start something. */
  readonly slowness: number;
  /** The model that each model is compared with, by name; without one, with the reference. */
  readonly baselines: ReadonlyMap<string, string>;
}

export type Pace = "default" | "quick" | "full";

export interface Variations {
  readonly clients?: readonly number[];
  readonly bytes?: readonly number[];
  readonly depth?: readonly number[];
  readonly rate?: readonly Rate[];
  readonly topology?: readonly TopologyName[];
}

/** One table of the run. */
export interface Step {
  readonly scenario: Scenario;
  readonly cell: Cell;
  readonly blocks: number;
  /** Seconds that it takes, about. */
  readonly seconds: number;
}

/** The check that comes before the timing, in seconds. */
const GATE = 9;
/** Milliseconds that a run over the five models may take, and for each more. Where the machine is slow, it has fewer blocks. */
const BUDGET = { default: 255_000, quick: 50_000, full: Number.POSITIVE_INFINITY };
const EACH_MORE = { default: 30_000, quick: 6_000, full: 0 };
/** Blocks that a verdict takes, at the least. */
export const FEWEST = 5;
/** Blocks of a scenario that was asked for by name where its pace has none. */
const ASKED_FOR = 3;
// What a client of its own costs a model, in seconds, where starting takes what is usual.
const PER_CLIENT = { none: 0.0003, thread: 0.04, process: 0.065 };

/** Every scenario asked for, once for each of its cells. */
export function plan(request: Request): Step[] {
  const { pace, models, slowness } = request;
  const steps = wanted(request).flatMap((scenario) => {
    const able = speakers(scenario, models);
    if (able.length === 0) return [];
    const blocks = scenario.blocks[pace] ?? (pace === "quick" ? ASKED_FOR : scenario.blocks.full);
    return cells(scenario, request).map((cell) => ({
      scenario,
      cell,
      blocks,
      ...cost(scenario, cell, able, { blocks, slowness }),
    }));
  });
  const starting = GATE + steps.reduce((sum, { start }) => sum + start, 0);
  const running = steps.reduce((sum, { blocks, block }) => sum + blocks * block, 0);
  // Who names a budget gets it; who does not gets what the pace has, or less where that would take too long.
  const isUsual = !request.scenarios && !request.workload && Object.keys(request.vary).length === 0;
  const more = Math.max(0, takingPart(steps, models).length - 5);
  const usual = isUsual ? BUDGET[pace] + EACH_MORE[pace] * more : Number.POSITIVE_INFINITY;
  const factor = request.budget
    ? (request.budget / 1000 - starting) / running
    : Math.min(1, (usual / 1000 - starting) / running);
  return steps.map(({ scenario, cell, blocks, start, block }) => {
    const fewest = scenario.kind === "load" && scenario.control && blocks >= FEWEST ? FEWEST : 1;
    const count = Math.max(fewest, Math.round(blocks * factor));
    return { scenario, cell, blocks: count, seconds: start + count * block };
  });
}

/** The models that a scenario is for. */
export const speakers = ({ protocol }: Scenario, models: readonly Model[]): Model[] =>
  models.filter(({ manifest }) => manifest.protocol === protocol);

/** The models that any of these steps is for. */
export const takingPart = (steps: readonly Pick<Step, "scenario">[], models: readonly Model[]): Model[] =>
  models.filter((model) => steps.some(({ scenario }) => speakers(scenario, [model]).length > 0));

/** The scenarios that were asked for by name, or belong to the pace. */
export function wanted({
  scenarios: names,
  pace,
  workload,
  models,
}: Pick<Request, "scenarios" | "pace" | "workload" | "models">): readonly Scenario[] {
  if (workload) return [workload];
  if (names) return scenarios.filter(({ scenario }) => names.includes(scenario));
  const able = scenarios.filter((scenario) => speakers(scenario, models).length > 0);
  const paced = able.filter(({ blocks }) => blocks[pace] !== null);
  return paced.length > 0 ? paced : able.filter(({ blocks }) => blocks.default !== null);
}

/** The scenario's own cells, with the person's values in place of its own. */
function cells(scenario: Scenario, { pace, vary }: Request): readonly Cell[] {
  const { default: usual, full, quick = usual } = scenario.cells;
  const own = { default: usual, full, quick }[pace];
  let all = own.length > 0 ? own : full;
  for (const factor of scenario.varies) {
    const values = vary[factor];
    if (values) all = unique(all.flatMap((cell) => values.map((value) => ({ ...cell, [factor]: value }))));
  }
  return all;
}

const unique = (cells: readonly Cell[]) => [...new Map(cells.map((cell) => [JSON.stringify(cell), cell])).values()];

/** Whether any of these scenarios has this factor. */
export const varies = (scenarios: readonly Scenario[], factor: Factor) =>
  scenarios.some((scenario) => scenario.varies.includes(factor));

/** Seconds to get ready, and seconds a block. */
function cost(
  scenario: Scenario,
  cell: Cell,
  models: readonly Model[],
  { blocks, slowness }: { blocks: number; slowness: number },
): { start: number; block: number } {
  const contestants = models.length + (scenario.kind === "load" && scenario.control && blocks >= FEWEST ? 2 : 0);
  const { start, block } = scenario.cost;
  if (scenario.kind !== "load") return { start: start * contestants, block: block * contestants };
  const { clients, requests, think, again } = scenario.load(cell);
  const ownSeconds = models.reduce((sum, { manifest }) => {
    const most = manifest.clients === "many" ? clients : Math.min(clients, manifest.clients);
    return sum + most * PER_CLIENT[manifest.isolation] * slowness;
  }, 0);
  // Clients who come and go in each block take their threads and processes with them; a sequential server's queue.
  const visit = requests !== null && !again ? requests * (typeof think === "number" ? think : 0) * 0.001 : 0;
  const queues = models.filter(({ manifest }) => manifest.clients === 1).length;
  return {
    start: start * contestants + (requests === null ? ownSeconds : 0),
    block: block * contestants + (requests === null ? 0 : ownSeconds) + queues * clients * visit,
  };
}
