import { currentSyscall, eventually, type Manifest, type ServerProcess, threads } from "@echolab/model";
import { OwnLimitError } from "../own-limits.ts";
import { TestClient } from "../test-client.ts";

/** What a server was seen to do, whatever it declares. */
export interface Observed {
  readonly servesAtOnce: "nobody" | "one" | "many";
  /** What came with each client. */
  readonly isolation: Manifest["isolation"];
  readonly idle: Manifest["idle"];
  /** The system call that its first thread sleeps in while a client is silent (syscalls(2)); null: it was never seen to sleep. */
  readonly waitsIn: string | null;
  /** In words: `one thread that sleeps in epoll_wait: an event loop`. */
  readonly words: string;
}

const CLIENTS = 5;

/** The calls that a server waits in, by number on x64 and arm64. arm64 has no select, poll and epoll_wait of its own. */
export const CALLS: Readonly<Record<string, Record<number, string>>> = {
  x64: {
    ...{
      0: "read",
      7: "poll",
      23: "select",
      35: "nanosleep",
      43: "accept",
      45: "recvfrom",
      47: "recvmsg",
      61: "wait4",
    },
    ...{ 202: "futex", 230: "clock_nanosleep", 232: "epoll_wait", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait" },
    ...{ 288: "accept4", 426: "io_uring_enter", 441: "epoll_pwait2" },
  },
  arm64: {
    ...{
      63: "read",
      72: "pselect6",
      73: "ppoll",
      98: "futex",
      101: "nanosleep",
      115: "clock_nanosleep",
      22: "epoll_pwait",
    },
    ...{ 202: "accept", 207: "recvfrom", 212: "recvmsg", 242: "accept4", 260: "wait4" },
    ...{ 426: "io_uring_enter", 441: "epoll_pwait2" },
  },
};

/** Lets five clients come to a TCP server, and looks at it from outside. */
export async function observe(server: ServerProcess, slowness: number): Promise<Observed> {
  const clients: TestClient[] = [];
  const answered = async (within: number) => {
    const client = await TestClient.open(server, within);
    clients.push(client);
    client.send("?\n"); // with a line feed: a server that waits for a line is wrong, but it runs
    return (await client.receive(1, within)).length > 0;
  };
  try {
    const before = population(server);
    if (!(await answered(3000 * slowness).catch(unanswered))) return described("nobody", "none", "sleeps", null);
    const others = await Promise.all(
      Array.from({ length: CLIENTS - 1 }, () => answered(2000 * slowness).catch(unanswered)),
    );
    const servesAtOnce = others.some(Boolean) ? "many" : "one";
    let now = population(server);
    await eventually(() => {
      now = population(server);
      return now.processes - before.processes >= CLIENTS;
    }, 300);
    const isolation =
      now.processes - before.processes >= CLIENTS - 1
        ? "process"
        : now.tasks - before.tasks >= CLIENTS - 1
          ? "thread"
          : "none";
    const share = await server.cpuShare(1000);
    return described(
      servesAtOnce,
      servesAtOnce === "one" ? "none" : isolation,
      share > 0.5 ? "spins" : "sleeps",
      waitsIn(server.pid),
    );
  } finally {
    for (const client of clients) client.close();
  }
}

/** No answer; but what this process cannot have is not the server's doing. */
function unanswered(error: unknown): false {
  if (error instanceof OwnLimitError) throw error;
  return false;
}

const population = (server: ServerProcess) => ({ processes: server.tree().length, tasks: server.tasks() });

/** The system call that its first thread sleeps in, by name. */
export function waitsIn(pid: number): string | null {
  const first = threads(pid).find((thread) => thread === pid);
  const call = first === undefined ? undefined : currentSyscall(pid, first);
  return call ? (CALLS[process.arch]?.[call.number] ?? `system call ${call.number}`) : null;
}

function described(
  servesAtOnce: Observed["servesAtOnce"],
  isolation: Observed["isolation"],
  idle: Observed["idle"],
  waitsIn: string | null,
): Observed {
  return { servesAtOnce, isolation, idle, waitsIn, words: words(servesAtOnce, isolation, idle, waitsIn) };
}

function words(
  servesAtOnce: Observed["servesAtOnce"],
  isolation: Observed["isolation"],
  idle: Observed["idle"],
  call: string | null,
): string {
  if (servesAtOnce === "nobody") return "it answers nobody";
  const sleep = call ? `sleeps in ${call}` : "sleeps";
  if (servesAtOnce === "one")
    return `one client at a time; it ${idle === "spins" ? "spins" : sleep} while that one is silent`;
  if (isolation !== "none") return `many clients at once, a ${isolation} for each`;
  if (idle === "spins") return "many clients at once in one thread that never sleeps: it asks in a loop";
  if (call?.includes("nanosleep"))
    return `many clients at once in one thread that asks in a loop, and ${sleep} in between`;
  if (call && /epoll|poll|select/.test(call)) return `many clients at once in one thread that ${sleep}: an event loop`;
  if (call === "io_uring_enter") return `many clients at once in one thread that ${sleep}: completions`;
  return `many clients at once, no thread or process for each; it ${sleep}`;
}

/** Where what was declared and what was seen are not the same. */
export function contradictions(declared: Manifest, seen: Observed): string[] {
  const { clients, isolation, idle } = declared;
  const found: string[] = [];
  if (clients !== 1 && seen.servesAtOnce === "one")
    found.push(`it declares ${clients} clients at once, and serves one at a time`);
  if (clients === 1 && seen.servesAtOnce === "many") found.push("it declares one client at a time, and serves several");
  // Threads and processes that were there before the clients, as in a pool, are not seen to come.
  if (seen.servesAtOnce === "many" && seen.isolation !== "none" && isolation !== seen.isolation) {
    const of = { none: "no thread or process", thread: "a thread", process: "a process" };
    found.push(`it declares ${of[isolation]} for each client, and has ${of[seen.isolation]}`);
  }
  if (idle !== seen.idle && seen.servesAtOnce !== "nobody")
    found.push(`it declares that it ${idle} while nobody says anything, and it ${seen.idle}`);
  return found;
}
