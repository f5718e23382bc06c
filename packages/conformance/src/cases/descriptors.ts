import { eventually, type ServerProcess } from "@echolab/model";
import type { Case } from "../case.ts";
import { descriptorsOf } from "../descriptors.ts";
import { ending } from "../ending.ts";
import { Failure, Unverifiable } from "../failure.ts";
import { MORE_THAN_BUFFERS } from "../kernel-queues.ts";
import { requireRoom } from "../room.ts";
import { MiB } from "../sizes.ts";
import { PATIENCE_MS } from "../standstill.ts";
import type { Subject } from "../subject.ts";
import { Talker } from "../talker.ts";
import type { TestClient } from "../test-client.ts";
import { fewerToStart } from "../waves.ts";

const FEW = 64;
const MANY = 120;
/** Descriptors that a runtime may keep for all clients, such as the pipes through which Go's io.Copy splices: no leak. */
const KEPT = 16;
/** So often a server may take more memory than it gives back, before it is a leak. */
const ROUNDS = 3;

/** Clients that leave while the server owes them bytes: more of them than descriptors that it may keep. */
const OWED = 24;
const OWED_AT_ONCE = 8;
/** A server from whose hands the kernel takes everything owes nothing, however many are asked. */
const MOST_ASKED = 64;

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

/** Connects, echoes, and leaves in one of four ways. */
async function comeAndGo(subject: Subject, how: number): Promise<void> {
  const client = await subject.connect();
  await client.echo(subject.bytes(8, how));
  if (how % 4 === 0) client.close();
  else if (how % 4 === 1) client.reset();
  else if (how % 4 === 2) {
    client.halfClose();
    await client.expectFin();
    client.close();
  } else {
    client.send(subject.bytes(64, how));
    client.close(); // with an answer under way that nobody reads
  }
  subject.forget(client);
}

/** Clients that read nothing, and reset the connection when the server owes them bytes. @returns how many it owed */
async function leaveOwed(subject: Subject): Promise<number> {
  // A server that had no processor to receive with owes nothing yet: such a client does not count.
  let [owed, asked] = [0, 0];
  while (owed < OWED && asked < MOST_ASKED) {
    const clients = await subject.connectUnreading(OWED_AT_ONCE);
    const offered = clients.map((client) => client.offer(2 * MORE_THAN_BUFFERS, subject.within(PATIENCE_MS)));
    owed += (await Promise.all(offered)).filter((each) => each.owed > 0).length;
    asked += clients.length;
    for (const client of clients) {
      client.reset();
      subject.forget(client);
    }
  }
  return owed;
}

/** The fewest descriptors within half a second: those of clients before may still be open. */
async function settled(subject: Subject): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  await eventually(() => {
    least = Math.min(least, descriptorsOf(subject)!);
    return false;
  }, 500);
  return least;
}

export const descriptors: Case[] = [
  {
    number: 31,
    id: "tcp/descriptors/none-leaked",
    tier: "robustness",
    pace: "full",
    requirement: "keeps no descriptor and no memory of clients that left in five different ways",
    from: "close(2); libuv tcp_close",
    needs: [2, 15, 28],
    symptomOf: [2, 39],
    async run(subject) {
      for (let i = 0; i < 8; i += 1) await comeAndGo(subject, i); // what it keeps for ever, it has now
      const { server } = subject;
      const descriptors = await settled(subject);
      const requireBack = async (who: string) => {
        const isBack = () => descriptorsOf(subject)! <= descriptors + KEPT;
        if (!(await eventually(isBack, subject.within(2000) + subject.deadline())))
          throw new Failure(
            `required: at most ${descriptors + KEPT} descriptors, as before; came: ${descriptorsOf(subject)}, 2 s after ${who} had left`,
          );
      };
      const owed = await leaveOwed(subject);
      await requireBack(`${owed} clients to which it owed bytes`);
      let bytes = server.memory();
      const before = performance.now();
      for (let i = 0; i < 20; i += 1) await comeAndGo(subject, i);
      const each = (performance.now() - before) / 20;
      const count = Math.max(fewerToStart(subject, 200), Math.min(10_000, Math.round(10_000 / each)));
      let grown = 0;
      // The heaps of eight workers grow by more than that until they are warm; a leak goes on for ever.
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (let i = 0; i < count; i += 1) await comeAndGo(subject, i);
        await requireBack(`${count} clients`);
        const now = server.memory();
        grown = (now - bytes) / MiB;
        bytes = now;
        if (grown <= 64) return `${round * count} clients`;
      }
      throw new Failure(
        `required: at most 64 MiB more memory for ${count} clients; came: ${grown.toFixed(0)} MiB more, the last of ${ROUNDS} times in a row that it was too much`,
      );
    },
  },
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
        await talker?.stop(subject.deadline()); // and got all of it back
        return `${served.length} of ${MANY} admitted`;
      } finally {
        await talker?.end();
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
