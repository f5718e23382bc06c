export { buildModel, compileFailure, obstacle } from "./build.ts";
export {
  findModel,
  findModels,
  isOnPath,
  type Model,
  missingRequirement,
  type Place,
  parseModelSpec,
} from "./discovery.ts";
export { guardFolder, guardGroup, unguardGroup } from "./guard.ts";
export type { Limits } from "./limits.ts";
export {
  checkJson,
  compileSchema,
  type Manifest,
  ManifestError,
  parseJson,
  parseManifest,
  readJson,
  suggest,
} from "./manifest.ts";
export { type Output, openOutput } from "./output.ts";
export { patience } from "./patience.ts";
export {
  contextSwitches,
  cpuTicks,
  currentSyscall,
  listeningAddresses,
  openDescriptors,
  type ProcessStat,
  processTree,
  proportionalMemory,
  TICK,
  threads,
} from "./proc.ts";
export { projectRoot } from "./root.ts";
export { type Ending, ServerProcess, type StartOptions } from "./server-process.ts";
export { showable } from "./showable.ts";
export { slowness } from "./slowness.ts";
export { lastWords, StartError } from "./start-error.ts";
