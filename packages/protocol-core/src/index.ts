export { type Address, formatAddress, parseReadyLine, readyLine } from "./address.ts";
export { SeededBytes } from "./bytes.ts";
export { Client } from "./client.ts";
export { clientIsGone, echo } from "./echo.ts";
export { LoopGuard } from "./loop-guard.ts";
export { Places } from "./places.ts";
export { run } from "./run.ts";
export { type Serve, type ServeOptions, UsageError } from "./serve.ts";
export { stdio } from "./stdio.ts";
