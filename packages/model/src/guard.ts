import { type ChildProcess, spawn } from "node:child_process";

// A server in a session of its own outlives the tool that started it, and a stopped one outlives everything but
// SIGKILL. The guard is a shell on a pipe: it holds the list of process groups, and when the pipe ends, because the
// tool has ended, however it ended, it kills them.
const script = `
trap '' HUP INT TERM
groups=
while read -r verb group; do
  case $verb in
    start) groups="$groups $group" ;;
    end) left=; for g in $groups; do [ "$g" = "$group" ] || left="$left $g"; done; groups=$left ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
`;

let guard: ChildProcess | undefined;

/** The process group `group` ends with this tool. */
export function guardGroup(group: number): void {
  if (!guard) {
    guard = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    guard.stdin!.on("error", () => {}); // a guard that somebody killed is no reason to end
    // Nobody waits for the guard: this process ends when its own work is done.
    guard.unref();
    (guard.stdin as unknown as { unref(): void }).unref();
  }
  guard.stdin!.write(`start ${group}\n`);
}

export function unguardGroup(group: number): void {
  guard?.stdin?.write(`end ${group}\n`);
}
