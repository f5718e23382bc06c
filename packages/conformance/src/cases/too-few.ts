import { eventually, type ServerProcess } from "@echolab/model";
import type { Case } from "../case.ts";
import { ending } from "../ending.ts";
import { Failure, Unverifiable } from "../failure.ts";
import { requireRoom } from "../room.ts";
import type { Subject } from "../subject.ts";
import { Talker } from "../talker.ts";
import type { TestClient } from "../test-client.ts";

const FEW = 64;
const MANY = 120;
/** A faulty server that accepts again only after 100 ms of silence must never get them: the client pauses for less. */
const MOST_SILENT_MS = 50;
/** How often the client that talks may be kept from it by others on this machine. */
const TRIES = 3;

/** Another server, with 64 descriptors. */
async function startWithFew(subject: Subject): Promise<ServerProcess> {
  await requireRoom(subject, MANY);
  return subject.start({ limits: { descriptors: FEW } });
}

/** Connects 120 clients to a server with 64 descriptors; each sends 8 bytes. @returns all of them, and those that got an answer */
async function crowdOut(subject: Subject, server: ServerProcess): Promise<Record<"clients" | "served", TestClient[]>> {
  const opened = await Promise.allSettled(Array.from({ length: MANY }, () => subject.connect({ to: server })));
  const clients = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const asked = clients.map(async (client, i) => {
    const bytes = subject.bytes(8, i);
    client.send(bytes);
    const answer = await client.receive(8, subject.deadline(Math.min(FEW, subject.atMost(FEW))) + 1000);
    if (answer.length === 8 && Buffer.compare(answer, bytes) !== 0)
      throw new Failure("a client got other bytes than its own", "answer");
    return answer.length > 0;
  });
  const answers = await Promise.all(asked);
  const served = clients.filter((_, i) => answers[i]);
  await eventually(() => !server.running, subject.within(100)); // seen a moment after the connections that broke with it
  const ended = await ending(server);
  if (ended) throw new Failure(`with ${FEW} descriptors and ${MANY} clients, ${ended}`, "end");
  if (served.length === 0)
    throw new Failure(`with ${FEW} descriptors, nobody of ${MANY} clients was answered`, "answer");
  return { clients, served };
}

/**
 * The same while another client talks all the time; then all but that one leave, and a fresh one must be served.
 * @returns how many were served, and the longest silence of the one that talked, in milliseconds
 */
async function crowdOutWhileOneTalks(subject: Subject): Promise<{ served: number; silence: number }> {
  const server = await startWithFew(subject);
  // A server that serves one client at a time would serve no other while this one stays.
  const talker = subject.atMost(2) > 1 ? await Talker.start(server, subject.deadline()) : undefined;
  try {
    const { clients, served } = await crowdOut(subject, server);
    for (const client of served) await client.echo(subject.bytes(16));
    for (const client of clients) client.close();
    // A client that waited is gone, and has a thread or a process started for it all the same.
    await subject.servedAgain(server, subject.deadline(MANY)).catch((error: Error) => {
      const all = talker ? "all but one client" : "all clients";
      throw new Failure(`after ${all} had left, a fresh one was not served: ${error.message}`, "answer");
    });
    const silence = (await talker?.stop(subject.deadline())) ?? 0; // and got all of it back
    return { served: served.length, silence };
  } finally {
    await talker?.end();
    await subject.stop(server); // the next try must not run beside it
  }
}

/** What a server does that can have no more descriptors, threads or processes. */
export const tooFew: Case[] = [
  {
    number: 33,
    id: "tcp/descriptors/too-few",
    tier: "bounded",
    pace: "full",
    requirement: `survives ${MANY} clients with ${FEW} descriptors, serves whom it has admitted, and others once they leave`,
    from: "libuv emfile; accept(2), EMFILE",
    needs: [15],
    symptomOf: [31],
    async run(subject) {
      for (let tries = 1; ; tries += 1) {
        const { served, silence } = await crowdOutWhileOneTalks(subject);
        if (silence <= MOST_SILENT_MS) return `${served} of ${MANY} admitted`;
        if (tries === TRIES)
          throw new Unverifiable(
            `this machine is too busy to keep a client talking: it was silent for ${Math.round(silence)} ms`,
          );
      }
    },
  },
  {
    number: 34,
    id: "tcp/descriptors/no-spinning",
    tier: "bounded",
    pace: "full",
    requirement: "uses at most half a processor while it has no descriptor for those who wait",
    from: "oven-sh/bun #32705; libuv #690",
    symptomOf: [33],
    applies: ({ idle }) => (idle === "spins" ? { skip: "it spins, whatever it has" } : "required"),
    async run(subject) {
      const server = await startWithFew(subject);
      await crowdOut(subject, server);
      // Threads and processes may still be starting: who spins does so for ever, and who starts somebody does not.
      const end = performance.now() + subject.within(5000) + subject.deadline(FEW);
      let share = 1;
      while (share > 0.5 && performance.now() < end) {
        share = await server.cpuShare(1000);
      }
      if (share > 0.5)
        throw new Failure(
          `required: at most 50 % of a processor; came: ${Math.round(share * 100)} %, while ${MANY} clients wait and say nothing`,
        );
      return `${Math.round(share * 100)} % of a processor`;
    },
  },
  {
    number: 40,
    id: "tcp/descriptors/too-few-processes",
    tier: "bounded",
    pace: "full",
    requirement: "survives clients for whom no thread or process can be had, and serves others once there is room",
    from: "clone(2), EAGAIN; Node ERR_WORKER_INIT_FAILED",
    symptomOf: [39],
    applies: ({ isolation }) =>
      isolation === "none" ? { skip: "starts neither a thread nor a process for a client" } : "required",
    async run(subject) {
      // What one client takes is seen first; then there is room for three.
      let idle = subject.server.tasks();
      await eventually(() => {
        idle = Math.min(idle, subject.server.tasks()); // those of the clients before may still be ending
        return false;
      }, 500);
      const [first] = await subject.connectServed(1);
      const perClient = subject.server.tasks() - idle;
      first!.close();
      if (perClient < 1) throw new Unverifiable("no thread or process came with a client");
      const server = await subject.start({ limits: { processes: idle + 3 * perClient + 2 } });
      if (!server.countsProcesses)
        throw new Unverifiable(
          "this machine does not let us limit processes: neither a control group nor a user who is not root",
        );
      const opened = await Promise.allSettled(Array.from({ length: 8 }, () => subject.connect({ to: server })));
      const clients = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      const answers = await Promise.all(
        clients.map(async (client) => {
          client.send(subject.bytes(8));
          return (await client.receive(8, subject.deadline(8))).length;
        }),
      );
      await eventually(() => !server.running, subject.within(100));
      const ended = await ending(server);
      if (ended) throw new Failure(`with room for three clients' threads or processes, ${ended}`, "end");
      if (answers.every((length) => length === 0))
        throw new Failure("with room for three clients' threads or processes, nobody was answered", "answer");
      for (const client of clients) client.close();
      await subject.servedAgain(server, subject.deadline(4));
      return `${answers.filter((length) => length > 0).length} of 8 served`;
    },
  },
];
