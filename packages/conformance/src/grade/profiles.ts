import { type Manifest, pause, threadTimes } from "@echolab/model";
import type { Case } from "../case.ts";
import { casesFor } from "../cases.ts";
import { Failure } from "../failure.ts";

/** An assignment: what a server is to be, and the cases that say whether it is. */
export interface Profile {
  readonly name: ProfileName;
  readonly title: string;
  /** What a server of this profile promises, whatever else it declares. */
  promises(declared: Manifest): Partial<Manifest>;
  /** Cases of this profile alone. */
  readonly own: readonly Case[];
}

export const profileNames = ["sequential", "concurrent", "non-blocking", "event-loop", "udp", "all"] as const;
export type ProfileName = (typeof profileNames)[number];

const oneThread: Case = {
  number: 47,
  id: "tcp/model/no-thread-for-a-client",
  tier: "must",
  pace: "quick",
  requirement: "serves 5 clients at the same time without a thread or a process more",
  from: "the assignment: non-blocking I/O",
  needs: [16],
  async run(subject) {
    const [first] = await subject.connectServed(1); // what it starts once, for whoever comes first, is there
    const before = { processes: subject.server.tree().length, tasks: subject.server.tasks() };
    await subject.connectServed(5);
    const processes = subject.server.tree().length - before.processes;
    const threads = subject.server.tasks() - before.tasks - processes;
    first!.close();
    if (processes > 0) throw new Failure(`5 clients brought ${processes} processes: this is a process per client`);
    // A runtime may start one for itself; a thread for each client is another matter.
    if (threads >= 4) throw new Failure(`5 clients brought ${threads} threads: this is a thread per client`);
  },
};

/** A runtime may look after itself now and then; a loop that sleeps 10 ms between two rounds of asking wakes up 100 times. */
const MOST_WAKE_UPS_PER_S = 50;
/** A thread that hardly ever sleeps is counted as if it had slept this share of the time. */
const LEAST_ASLEEP = 0.05;

const sleepsWhenIdle: Case = {
  number: 48,
  id: "tcp/model/sleeps-when-idle",
  tier: "bounded",
  pace: "quick",
  requirement: "sleeps while a client is silent: at most 5 % of a processor, and no asking in a loop",
  from: "the assignment: an event loop waits in the kernel",
  async run(subject) {
    await subject.connectServed(1);
    await pause(300);
    const look = () => threadTimes(subject.server.tree().map(({ pid }) => pid));
    const [before, from] = [look(), performance.now()];
    const share = await subject.server.cpuShare(2000);
    if (share > 0.05) throw new Failure(`required: at most 5 % of a processor; came: ${Math.round(share * 100)} %`);
    const [after, elapsed] = [look(), performance.now() - from];
    // A second of sleep, not of the clock: on a busy machine a thread that asks in a loop waits longer for its processor
    // than it sleeps.
    let rate = 0;
    for (const [thread, { busy, waits }] of after) {
      const earlier = before.get(thread) ?? { busy: 0, waits: 0 };
      const asleep = Math.max(LEAST_ASLEEP * elapsed, elapsed - (busy - earlier.busy));
      rate += ((waits - earlier.waits) / asleep) * 1000;
    }
    if (rate > MOST_WAKE_UPS_PER_S)
      throw new Failure(`required: at most ${MOST_WAKE_UPS_PER_S} wake-ups a second; came: ${Math.round(rate)}`);
  },
};

/** Several clients at the same time, and a limit only where one is declared. */
const many = ({ clients }: Manifest): Partial<Manifest> => ({ clients: clients === 1 ? "many" : clients });

export const profiles: Record<ProfileName, Profile> = {
  sequential: {
    name: "sequential",
    title: "one client after the other; the others wait in the backlog",
    promises: () => ({ protocol: "tcp", clients: 1, overload: "queue" }),
    own: [],
  },
  concurrent: {
    name: "concurrent",
    title: "many clients at the same time, in any way",
    promises: (declared) => ({ protocol: "tcp", ...many(declared) }),
    own: [],
  },
  "non-blocking": {
    name: "non-blocking",
    title: "many clients at the same time, in one thread",
    promises: (declared) => ({ protocol: "tcp", ...many(declared), isolation: "none" }),
    own: [oneThread],
  },
  "event-loop": {
    name: "event-loop",
    title: "many clients at the same time, in one thread that sleeps until one of them says something",
    promises: (declared) => ({ protocol: "tcp", ...many(declared), isolation: "none", idle: "sleeps" }),
    own: [oneThread, sleepsWhenIdle],
  },
  udp: {
    name: "udp",
    title: "a datagram back for each datagram",
    promises: () => ({ protocol: "udp" }),
    own: [],
  },
  all: {
    name: "all",
    title: "what the server itself declares, and a minute of mixed load",
    promises: () => ({}),
    own: [],
  },
};

/** The assignment that a server's own promises fit. */
export function profileOf({ protocol, clients }: Manifest): ProfileName {
  if (protocol === "udp") return "udp";
  return clients === 1 ? "sequential" : "concurrent";
}

/** The one that `word` names by its number or its whole id; else those whose ids begin with it. */
export function named(cases: readonly Case[], word: string): readonly Case[] {
  const exact = cases.filter(({ number, id }) => id === word || String(number) === word);
  return exact.length > 0 ? exact : cases.filter(({ id }) => id.startsWith(word));
}

/**
 * What a server is to keep, and by which cases that is asked.
 * @param only numbers, ids, or beginnings of ids; default: all of the profile
 */
export function assignment(
  declared: Manifest,
  name: ProfileName,
  only: readonly string[] = [""],
): { manifest: Manifest; cases: readonly Case[] } {
  const profile = profiles[name];
  const manifest = { ...declared, ...profile.promises(declared) };
  const all = [...casesFor(manifest), ...profile.own].filter(({ pace }) => pace !== "soak" || name === "all");
  const chosen = new Set(only.flatMap((word) => named(all, word)));
  return { manifest, cases: all.filter((each) => chosen.has(each)) };
}
