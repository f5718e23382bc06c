export { buildModel } from "./build.ts";
export { findModel, findModels, isOnPath, type Model, missingRequirement, parseModelSpec } from "./discovery.ts";
export { guardGroup, unguardGroup } from "./guard.ts";
export { type Manifest, ManifestError, parseManifest, suggest } from "./manifest.ts";
export { patience } from "./patience.ts";
export {
  cpuTicks,
  currentSyscall,
  listeningAddresses,
  openDescriptors,
  type ProcessStat,
  processTree,
  proportionalMemory,
  threads,
  threadTimes,
} from "./proc.ts";
export { projectRoot } from "./root.ts";
export { type Ending, ServerProcess, StartError, type StartOptions } from "./server-process.ts";
