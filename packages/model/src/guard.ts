import { type ChildProcess, spawn } from "node:child_process";

// A server in a session of its own outlives the tool that started it, and a stopped one outlives everything but
// SIGKILL. The guard is a shell on a pipe: it holds the list of process groups, and when the pipe ends, because the
// tool has ended, however it ended, it kills them, and removes the temporary folders that the tool has made.
const script = `
trap '' HUP INT TERM
groups=
cgroups=
while read -r verb group; do
  case $verb in
    start) groups="$groups $group" ;;
    end) left=; for g in $groups; do [ "$g" = "$group" ] || left="$left $g"; done; groups=$left ;;
    remove) set -- "$@" "$group" ;;
    cgroup) cgroups="$cgroups $group" ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
for c in $cgroups; do
  echo 0 >"$c/pids.max"
  kill -s KILL $(cat "$c/cgroup.procs")
done 2>/dev/null
[ $# -eq 0 ] || rm -rf -- "$@"
for c in $cgroups; do
  for again in 1 2 3 4 5 6 7 8 9 10; do rmdir "$c" && break; sleep 1; done # what is in it may still be ending
done 2>/dev/null
`;

let guard: ChildProcess | undefined;
/** What the guard was told and still holds, for the next one where this one is killed. */
const held = new Set<string>();

/** The process group `group` ends with this tool. */
export const guardGroup = (group: number): void => hold(`start ${group}`);

export function unguardGroup(group: number): void {
  if (held.delete(`start ${group}`)) tell(`end ${group}`);
}

/** The folder is removed when this tool ends, with all that is in it. */
export const guardFolder = (folder: string): void => hold(`remove ${folder}`);

/** The control group is removed when this tool ends: it is empty by then. */
export const guardGroupFolder = (folder: string): void => hold(`cgroup ${folder}`);

function hold(line: string): void {
  held.add(line);
  guard ??= start();
  tell(line);
}

function tell(line: string): void {
  guard?.stdin?.write(`${line}\n`);
}

function start(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.stdin!.on("error", () => {}); // a guard that somebody killed is no reason to end
  // It ends before this process only where it was killed.
  child.once("exit", () => {
    guard = start();
    for (const line of held) tell(line);
  });
  // Nobody waits for the guard: this process ends when its own work is done.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
