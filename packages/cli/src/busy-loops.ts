import { spawn } from "node:child_process";
import { guardGroup, unguardGroup } from "@echolab/model";

/** Processes that only burn a processor each. They end with this tool. @returns what ends them before that */
export function startBusyLoops(count: number): () => void {
  const groups = Array.from({ length: count }, () => {
    const { pid } = spawn("/bin/sh", ["-c", "while :; do :; done"], { detached: true, stdio: "ignore" });
    guardGroup(pid!);
    return pid!;
  });
  return () => {
    for (const group of groups.splice(0)) {
      process.kill(-group, "SIGKILL");
      unguardGroup(group);
    }
  };
}
