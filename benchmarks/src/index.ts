export { GeneratorProcess } from "./generator-process.ts";
export type { Request } from "./plan.ts";
export type { IdleResult, LoadResult, Result } from "./result.ts";
export { runBench, type Ui } from "./run.ts";
export { scenarios } from "./scenarios.ts";
export { renderScenario } from "./table.ts";
export { count, size, time } from "./units.ts";
