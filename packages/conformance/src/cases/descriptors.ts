import { eventually } from "@echolab/model";
import type { Case } from "../case.ts";
import { descriptorsOf } from "../descriptors.ts";
import { Failure } from "../failure.ts";
import { MORE_THAN_BUFFERS } from "../kernel-queues.ts";
import { MiB } from "../sizes.ts";
import { PATIENCE_MS } from "../standstill.ts";
import type { Subject } from "../subject.ts";
import { fewerToStart } from "../waves.ts";

/** Descriptors that a runtime may keep for all clients, such as the pipes through which Go's io.Copy splices: no leak. */
const KEPT = 16;
/** So often a server may take more memory than it gives back, before it is a leak. */
const ROUNDS = 3;

/** Clients that leave while the server owes them bytes: more of them than descriptors that it may keep. */
const OWED = 24;
const OWED_AT_ONCE = 8;
/** A server from whose hands the kernel takes everything owes nothing, however many are asked. */
const MOST_ASKED = 64;

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
];
