import type { IdleResult, IdleRow } from "./result.ts";
import type { IdleSample } from "./sample.ts";
import { median } from "./statistics.ts";

/** The medians over the blocks. */
export interface AtRest {
  readonly model: string;
  /** Milliseconds. */
  readonly startTime: number;
  /** A share of one processor. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number | null;
  readonly memoryPerClient: number | null;
  /** The most clients that were connected. */
  readonly clients: number;
}

/** Models that were seen at rest, the one with the smallest memory first. */
export function atRest({ rows }: IdleResult): AtRest[] {
  return rows
    .filter(({ samples }) => samples.length > 0)
    .map(({ model, samples }: IdleRow) => {
      const of = (value: (sample: IdleSample) => number) => median(samples.map(value));
      const ready = samples.flatMap(({ memory }) => memory.slice(0, 1).map(({ bytes }) => bytes));
      const perClient = samples.flatMap(({ memoryPerClient }) => memoryPerClient ?? []);
      return {
        ...{ model, startTime: of((sample) => sample.startTime), cpu: of((sample) => sample.cpuShare) },
        ...{ memory: medianOrNull(ready), memoryPerClient: medianOrNull(perClient) },
        clients: Math.max(...samples.flatMap(({ memory }) => memory.map(({ clients }) => clients))),
      };
    })
    .sort((a, b) => (a.memory ?? 0) - (b.memory ?? 0));
}

const medianOrNull = (values: readonly number[]) => (values.length > 0 ? median(values) : null);

export const cpuAtRest = (share: number) => (share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`);
