import { type ChildProcess, spawn } from "node:child_process";
import { limitReached } from "./spawn-failure.ts";

// A server in a session of its own outlives the tool that started it, and a stopped one outlives everything but
// SIGKILL. The guard is a shell on a pipe: it holds the list of sessions, and when the pipe ends, because the tool has
// ended, however it ended, it kills all that is in them, and removes the temporary folders and control groups that the
// tool has made. A word of its list is `KIND:NAME`; the name has no white space, and the shell expands no pattern in it.
const script = `
set -f
trap '' HUP INT TERM
held=
while read -r verb word; do
  case $verb in
    hold) held="$held $word" ;;
    forget) left=; for w in $held; do [ "$w" = "$word" ] || left="$left $w"; done; held=$left ;;
  esac
done
of_kind() { for w in $held; do case $w in "$1":*) printf '%s\\n' "\${w#*:}" ;; esac; done; }
decode() { name=$(printf '%b.' "$1"); name=\${name%.}; } # the point keeps a line feed at the end

sessions=" $(of_kind session | tr '\\n' ' ')"
for s in $sessions; do kill -s KILL -- "-$s" 2>/dev/null; done
# A member may have a process group of its own: pnpm gives one to the script that it runs.
# Again until none is found: one may have forked meanwhile.
set +f
for again in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "\${sessions# }" ] || break
  found=
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    pid=\${line%% *}
    set -- \${line##*) } # state, parent, group, session
    [ "$1" = Z ] && continue
    case $sessions in *" $4 "*) kill -s KILL "$pid" && found=yes ;; esac
  done
  [ -n "$found" ] || break
done 2>/dev/null
set -f
for c in $(of_kind cgroup); do
  decode "$c"
  [ -e "$name/pids.max" ] && echo 0 >"$name/pids.max"
  kill -s KILL $(cat "$name/cgroup.procs")
done 2>/dev/null
for folder in $(of_kind folder); do decode "$folder"; rm -rf -- "$name"; done
for c in $(of_kind cgroup); do
  decode "$c"
  for again in 1 2 3 4 5 6 7 8 9 10; do # what is in it may still be ending
    [ -d "$name" ] || break
    rmdir "$name" || sleep 1
  done
done 2>/dev/null
`;

let guard: ChildProcess | undefined;
/** What the guard holds, for the next one where this one is killed. */
const held = new Set<string>();

/** All processes of the session that `leader` has begun end with this tool. */
export const guardSession = (leader: number): void => hold(`session:${leader}`);
export const unguardSession = (leader: number): void => forget(`session:${leader}`);

/** The folder is removed when this tool ends, with all that is in it. */
export const guardFolder = (folder: string): void => hold(`folder:${encoded(folder)}`);

/** What is in the control group is killed when this tool ends, and the group is removed. */
export const guardControlGroup = (folder: string): void => hold(`cgroup:${encoded(folder)}`);
export const unguardControlGroup = (folder: string): void => forget(`cgroup:${encoded(folder)}`);

/** To call before anything is started that the guard must end: afterwards it may be too late. @throws Error */
export function startGuard(): void {
  guard ??= start();
}

function hold(word: string): void {
  startGuard();
  held.add(word);
  tell("hold", word);
}

function forget(word: string): void {
  if (held.delete(word)) tell("forget", word);
}

function tell(verb: "hold" | "forget", word: string): void {
  guard?.stdin?.write(`${verb} ${word}\n`);
}

/** A path as one word of one line, which `printf %b` makes a path again: a line feed would begin another order. */
const encoded = (path: string): string =>
  path.replace(/[\\ \t\r\n]/g, (character) => `\\0${character.charCodeAt(0).toString(8).padStart(3, "0")}`);

function start(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.once("error", () => {}); // it is thrown here
  if (child.pid === undefined)
    throw new Error(`the program that cleans up behind this tool cannot be started: ${limitReached(child)}`);
  child.stdin!.on("error", () => {}); // a guard that was killed is no reason to end
  // It ends before this process only where it was killed.
  child.once("exit", restart);
  // This process does not wait for the guard: it ends when its own work is done.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

function restart(): void {
  guard = undefined;
  try {
    startGuard();
    for (const word of held) tell("hold", word);
  } catch (error) {
    console.error(`warning: ${(error as Error).message}`);
  }
}
