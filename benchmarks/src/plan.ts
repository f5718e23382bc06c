import type { Model } from "@echolab/model";
import type { Cell, Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

/** What a person asked for. */
export interface Request {
  readonly models: readonly Model[];
  /** Names of scenarios; undefined: all of them. */
  readonly scenarios?: readonly string[];
  readonly clients?: readonly number[];
  readonly bytes?: readonly number[];
  readonly quick: boolean;
  /** Milliseconds that the whole run may take, about. It decides the number of blocks, never fewer than 5. */
  readonly budget?: number;
  readonly seed: number;
  readonly topology: "shared" | "split";
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
const GATE = 6;
/** Blocks that a verdict takes, at the least. */
export const FEWEST = 5;
// What a client of its own costs a model, in seconds, on two slow cores.
const PER_CLIENT = { none: 0, thread: 0.04, process: 0.065 };

/** Every scenario asked for, once for each number of clients and each size that it can vary. */
export function plan(request: Request): Step[] {
  const wanted = scenarios.filter(({ name }) => request.scenarios?.includes(name) ?? true);
  const cells = wanted.flatMap((scenario) => {
    const { clients, bytes } = scenario.cells;
    const counts = scenario.varies.includes("clients") ? (request.clients ?? [clients]) : [clients];
    const sizes = scenario.varies.includes("bytes") ? (request.bytes ?? [bytes]) : [bytes];
    return counts.flatMap((count) => sizes.map((size) => ({ scenario, cell: { clients: count, bytes: size } })));
  });
  const steps = cells.map(({ scenario, cell }) => {
    const blocks = request.quick ? scenario.blocks.quick : scenario.blocks.default;
    return { scenario, cell, blocks, ...cost(scenario, cell, request.models, blocks) };
  });
  const starting = GATE + steps.reduce((sum, { start }) => sum + start, 0);
  const running = steps.reduce((sum, { blocks, block }) => sum + blocks * block, 0);
  const factor = request.budget ? (request.budget / 1000 - starting) / running : 1;
  return steps.map(({ scenario, cell, blocks, start, block }) => {
    const fewest = scenario.kind === "load" && scenario.control ? Math.min(FEWEST, blocks) : 1;
    const count = Math.max(fewest, Math.round(blocks * factor));
    return { scenario, cell, blocks: count, seconds: start + count * block };
  });
}

/** Seconds to get ready, and seconds a block. */
function cost(
  scenario: Scenario,
  { clients }: Cell,
  models: readonly Model[],
  blocks: number,
): { start: number; block: number } {
  const controls = scenario.kind === "load" && scenario.control && blocks >= FEWEST ? 2 : 0;
  const own = models.map(({ manifest }) => clients * PER_CLIENT[manifest.isolation]);
  // Where clients come anew in each block, so do their threads and processes; a sequential server's clients queue.
  const again = scenario.kind === "idle" || !scenario.keepsClients;
  const queue =
    scenario.name === "crowd" ? models.filter(({ manifest }) => manifest.clients === 1).length * clients * 0.11 : 0;
  const ownSeconds = own.reduce((sum, seconds) => sum + seconds, 0);
  const contestants = models.length + controls;
  return {
    start: scenario.cost.start * contestants + (again ? 0 : ownSeconds),
    block: scenario.cost.block * contestants + (again ? ownSeconds : 0) + queue,
  };
}
