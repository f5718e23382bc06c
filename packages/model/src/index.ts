export { filesOf } from "./bubblewrap.ts";
export { buildModel, compileFailure, obstacle } from "./build.ts";
export { ControlGroup } from "./control-group.ts";
export {
  findModel,
  findModels,
  isOnPath,
  type Model,
  missingRequirement,
  type Place,
  parseModelSpec,
} from "./discovery.ts";
export { type Chosen, chooseSandbox, type Enclosure, type Sandbox } from "./enclosure.ts";
export { eventually, pause } from "./eventually.ts";
export { isForeign } from "./foreign.ts";
export { guardFolder, guardSession, startGuard, unguardSession } from "./guard.ts";
export type { Limits } from "./limits.ts";
export {
  checkJson,
  type Manifest,
  ManifestError,
  parseJson,
  parseManifest,
  readJson,
  schemaIn,
  suggest,
} from "./manifest.ts";
export { type Output, openOutput } from "./output.ts";
export { ownGroups } from "./own-groups.ts";
export { patience } from "./patience.ts";
export {
  contextSwitches,
  currentSyscall,
  listeningAddresses,
  openDescriptors,
  type ProcessStat,
  processTree,
  proportionalMemory,
  TICK,
  threads,
  threadTimes,
  wantsToRun,
} from "./proc.ts";
export { noProcessLeft, processesLeft } from "./processes-left.ts";
export { projectRoot } from "./root.ts";
export { ServerProcess } from "./server-process.ts";
export { showable } from "./showable.ts";
export { slowness } from "./slowness.ts";
export { limitReached, spawnFailure } from "./spawn-failure.ts";
export { lastWords, machineLimit, StartError } from "./start-error.ts";
export type { StartOptions } from "./start-options.ts";
export type { Ending } from "./started.ts";
