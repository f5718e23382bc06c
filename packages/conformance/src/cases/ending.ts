import { type ServerProcess, threads } from "@echolab/model";
import { type Case, Failure } from "../case.ts";

const SECOND = 1000;

/** Waits until `condition` holds. @returns false if it never did */
async function eventually(condition: () => boolean, deadline: number): Promise<boolean> {
  for (const end = performance.now() + deadline; performance.now() < end; ) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return condition();
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
    number: 39,
    id: "tcp/ending/nothing-of-a-client-is-left",
    tier: "robustness",
    pace: "quick",
    requirement: "keeps no zombie, child or thread of 50 clients that have come and gone",
    from: "CPython socketserver, reap_children",
    async run(subject) {
      // The first client makes the server start what it keeps: a thread pool, for one.
      const [first] = await subject.connectServed(1);
      first!.close();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = population(subject.server);
      for (let i = 0; i < 50; i += 1) {
        const client = await subject.connect();
        await client.echo(subject.bytes(8, i));
        client.halfClose();
        await client.expectFin();
        client.close();
      }
      const isBack = () => {
        const now = population(subject.server);
        return now.zombies === 0 && now.processes <= before.processes && now.threads <= before.threads;
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
    async run(subject) {
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        const server = await subject.start();
        const served = await subject.connectServed(subject.atMost(10), server);
        const waiting = Array.from({ length: 10 - served.length }, () => subject.connect({ to: server }));
        const clients = [...served, ...(await Promise.all(waiting))];
        process.kill(server.pid, signal);
        const isGone = () => server.tree().every(({ state }) => state === "Z");
        if (!(await eventually(isGone, SECOND))) {
          const left = server.tree().filter(({ state }) => state !== "Z");
          throw new Failure(`1 s after ${signal} to the first process, processes are left: ${left.length}`);
        }
        const ends = await Promise.all(clients.map((client) => client.end(SECOND)));
        const unaware = ends.filter((end) => end === "nothing").length;
        if (unaware > 0) throw new Failure(`${unaware} of 10 clients see neither FIN nor reset after ${signal}`);
      }
    },
  },
];
