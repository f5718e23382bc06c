import { eventually, pause, type ServerProcess, threads } from "@echolab/model";
import type { Case } from "../case.ts";
import { Failure, Unverifiable } from "../failure.ts";
import { MiB } from "../sizes.ts";
import type { Subject } from "../subject.ts";

const SECOND = 1000;
/** Threads that a runtime, as Go's, may add for itself. */
const RUNTIME = 4;

/** Clients that leave one after the other, and those that leave at the same time. */
const ONE_BY_ONE = 5;
const AT_ONCE = 10;
/** Clients that see how the server ends. */
const WITNESSES = 3;

function signalAll(processes: readonly { readonly pid: number }[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has just ended
    }
  }
}

/** Clients that leave at the same time. Where each has a process, these end while their parent cannot wait for them. */
async function leaveAtOnce(subject: Subject, count: number): Promise<void> {
  const { server } = subject;
  const before = new Set(server.tree().map(({ pid }) => pid));
  const clients = await subject.connectServed(count);
  const leave = () => Promise.all(clients.map((client) => client.halfClose()));
  const processes = server.tree();
  const parents = processes.filter(({ pid }) => before.has(pid));
  if (processes.length - parents.length >= count) {
    // Signals are not counted (signal(7)): one SIGCHLD then stands for all of them.
    signalAll(parents, "SIGSTOP");
    try {
      await leave();
      await eventually(() => population(server).zombies >= count, subject.within(300));
    } finally {
      signalAll(parents, "SIGCONT");
    }
  } else await leave();
  for (const client of clients) {
    await client.expectFin();
    subject.forget(client);
  }
}

function population(server: ServerProcess): { processes: number; threads: number; zombies: number } {
  const tree = server.tree();
  return {
    processes: tree.length,
    threads: tree.reduce((sum, { pid }) => sum + threads(pid).length, 0),
    zombies: tree.filter(({ state }) => state === "Z").length,
  };
}

export const ending: Case[] = [
  {
    number: 38,
    id: "tcp/ending/one-process-of-many",
    tier: "robustness",
    pace: "full",
    requirement: "loses one client only, when that client's process is killed",
    from: "xinetd; inetd(8)",
    needs: [2],
    applies: ({ isolation }) => (isolation === "process" ? "required" : { skip: "has no process for each client" }),
    async run(subject) {
      const { server } = subject;
      const [other] = await subject.connectServed(1);
      const before = new Set(server.tree().map(({ pid }) => pid));
      const [victim] = await subject.connectServed(1);
      const own = server.tree().filter(({ pid }) => !before.has(pid));
      if (own.length === 0) throw new Unverifiable("its processes do not come with its clients");
      for (const { pid } of own) process.kill(pid, "SIGKILL");
      if ((await victim!.end(subject.deadline())) === "nothing")
        throw new Failure("a client whose process was killed sees neither FIN nor reset", "answer");
      await other!.echo(subject.bytes(16));
      const [fresh] = await subject.connectServed(1);
      await fresh!.echo(subject.bytes(16));
    },
  },
  {
    number: 41,
    id: "tcp/ending/in-mid-echo",
    tier: "informational",
    pace: "full",
    requirement: "ends, or finishes what it has begun, when SIGTERM comes in an echo of 16 MiB",
    from: "redis shutdown; envoy, draining",
    async run(subject) {
      const server = await subject.start();
      const [client] = await subject.connectServed(1, server);
      const before = performance.now();
      const echo = client!.stream({ seed: subject.seed, length: 16 * MiB, fin: true }).then(
        () => "all of 16 MiB came back",
        () => "the echo was cut",
      );
      await pause(5);
      process.kill(server.pid, "SIGTERM");
      const what = await echo;
      await eventually(() => !server.running, subject.within(5000));
      return `${what}; ${server.running ? "it still runs" : `it ended after ${Math.round(performance.now() - before)} ms`}`;
    },
  },
  {
    number: 39,
    id: "tcp/ending/nothing-of-a-client-is-left",
    tier: "robustness",
    pace: "quick",
    requirement: "keeps no zombie, child or thread of clients that have left: 5 one after the other, 10 at once",
    from: "CPython socketserver, reap_children",
    needs: [15],
    symptomOf: [2],
    async run(subject) {
      // The first client makes the server start what it keeps: a thread pool, for one.
      const [first] = await subject.connectServed(1);
      first!.close();
      await pause(subject.within(300));
      const before = population(subject.server);
      for (let i = 0; i < ONE_BY_ONE; i += 1) await leaveAtOnce(subject, 1);
      for (let left = AT_ONCE; left > 0; left -= subject.atMost(AT_ONCE))
        await leaveAtOnce(subject, subject.atMost(AT_ONCE));
      const isBack = () => {
        const now = population(subject.server);
        return now.zombies === 0 && now.processes <= before.processes && now.threads <= before.threads + RUNTIME;
      };
      if (await eventually(isBack, SECOND + subject.deadline())) return;
      const [was, is] = [before, population(subject.server)].map((each) => JSON.stringify(each));
      throw new Failure(`required: ${was}, as before; came: ${is}, after the last client had left`);
    },
  },
  {
    number: 42,
    id: "tcp/ending/first-process-ends",
    tier: "bounded",
    pace: "quick",
    requirement: "ends with all that it started within 1 s when its first process is sent SIGTERM, or SIGKILL",
    from: "nginx worker_shutdown_timeout; prctl(2), PR_SET_PDEATHSIG",
    needs: [16],
    async run(subject) {
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const server = await subject.start();
        const served = await subject.connectServed(subject.atMost(WITNESSES), server);
        const waiting = await subject.connectBehind(WITNESSES - served.length, server);
        const clients = [...served, ...waiting];
        process.kill(server.pid, signal);
        const isGone = () => server.tree().every(({ state }) => state === "Z");
        if (!(await eventually(isGone, subject.within(SECOND)))) {
          const left = server.tree().filter(({ state }) => state !== "Z");
          throw new Failure(`1 s after ${signal} to the first process, processes are left: ${left.length}`);
        }
        const ends = await Promise.all(clients.map((client) => client.end(subject.within(SECOND))));
        const unaware = ends.filter((end) => end === "nothing").length;
        if (unaware > 0)
          throw new Failure(
            `${unaware} of ${clients.length} clients see neither FIN nor reset after ${signal}`,
            "answer",
          );
      }
    },
  },
];
