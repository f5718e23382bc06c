export type { Applies, Case, Tier } from "./case.ts";
export { beforeTiming, cases, casesFor } from "./cases.ts";
export { Failure } from "./failure.ts";
export { OwnLimitError, startLimit } from "./own-limits.ts";
export { runCase, runCases, type Verdict } from "./run-case.ts";
export { type Drift, type Soak, type SoakSample, soak } from "./soak.ts";
export { type Conditions, type RemoteServer, Subject } from "./subject.ts";
export { TestClient } from "./test-client.ts";
export { UdpClient } from "./udp-client.ts";
