export type { Applies, Case } from "./case.ts";
export { beforeTiming, cases } from "./cases.ts";
export { runCase, runCases, type Verdict } from "./run-case.ts";
export { type End, TestClient } from "./test-client.ts";
