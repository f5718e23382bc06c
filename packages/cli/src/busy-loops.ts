import { spawn } from "node:child_process";
import { guardSession, limitReached, ManifestError, startGuard, unguardSession } from "@echolab/model";

/** Processes that only burn a processor each. They end with this tool. @returns what ends them before that */
export function startBusyLoops(count: number): () => void {
  startGuard();
  const leaders = Array.from({ length: count }, (_, started) => {
    const child = spawn("/bin/sh", ["-c", "while :; do :; done"], { detached: true, stdio: "ignore" });
    child.once("error", () => {}); // it is thrown here, and the guard ends those before it
    if (!child.pid) throw new ManifestError(`--busy ${count}: ${started} are started, and ${limitReached(child)}`);
    guardSession(child.pid);
    return child.pid;
  });
  return () => {
    for (const leader of leaders.splice(0)) {
      process.kill(-leader, "SIGKILL");
      unguardSession(leader);
    }
  };
}
