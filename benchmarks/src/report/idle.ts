import * as Plot from "@observablehq/plot";
import { type AtRest, cpuAtRest } from "../at-rest.ts";
import { size } from "../units.ts";
import { sizeOrNone } from "../words.ts";
import { dumbbell, dumbbellLegend } from "./dumbbell.ts";
import type { Figure } from "./figure.ts";
import { barHalf, modelRows } from "./model-rows.ts";
import { axisOf } from "./scale.ts";
import type { SeriesOf } from "./series.ts";

export function memoryAtRest(rows: readonly AtRest[], seriesOf: SeriesOf): Figure {
  const values = rows.flatMap(({ memory, memoryPerClient }) => [memory ?? 0, memoryPerClient ?? 0]);
  const x = axisOf(
    values.map((bytes) => Math.max(bytes, 256)),
    { type: "log", label: "bytes of PSS", format: size },
  );
  const powers = Array.from({ length: 14 }, (_, i) => 2 ** (8 + 2 * i));
  const axis = { ...x, ticks: powers.filter((bytes) => bytes >= x.domain[0] && bytes <= x.domain[1]) };
  const pairs = rows.map(({ model, memory, memoryPerClient }) => ({
    ...{ series: seriesOf(model), filled: memory, open: memoryPerClient },
    note: `${sizeOrNone(memory)} + ${sizeOrNone(memoryPerClient)} a client`,
    short: `${sizeOrNone(memory)} · ${sizeOrNone(memoryPerClient)}`,
  }));
  return {
    name: "idle-memory",
    title: "Memory, at ready and for one more client",
    reading:
      "Further left is less; the scale is logarithmic. Pages that several processes share are counted once, in parts (PSS).",
    draw: (size) => dumbbell(pairs, axis, size),
    legend: dumbbellLegend("ready, nobody connected", "one more connected and silent client"),
    data: {
      head: ["model", "at ready, bytes", "one more client, bytes"],
      rows: rows.map(({ model, memory, memoryPerClient }) => [model, memory, memoryPerClient]),
    },
  };
}

export function cpuOfNoLoad(rows: readonly AtRest[], seriesOf: SeriesOf): Figure {
  const bars = rows.map(({ model, cpu }) => ({ series: seriesOf(model), cpu, note: cpuAtRest(cpu) }));
  const x = axisOf([1, ...rows.map(({ cpu }) => cpu)], {
    ...{ type: "linear", label: "share of one processor", format: (share: number) => `${Math.round(share * 100)} %` },
  });
  return {
    name: "idle-cpu",
    title: "CPU while nobody says anything",
    reading: "A server that sleeps until the kernel wakes it has no bar. 100 % is one whole processor.",
    draw: (size) =>
      modelRows(bars, x, size, [
        Plot.ruleX([0], { stroke: "var(--quiet)" }),
        Plot.rect(bars, {
          ...{ x1: 0, x2: "cpu", y1: (_, i) => i - barHalf(size), y2: (_, i) => i + barHalf(size) },
          ...{ fill: "currentColor", ariaLabel: ({ series }) => series.mark },
        }),
      ]),
    data: {
      head: ["model", "share of one processor", "start, ms"],
      rows: rows.map(({ model, cpu, startTime }) => [model, cpu, startTime]),
    },
  };
}
