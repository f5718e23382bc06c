import { type ServerProcess, StartError } from "@echolab/model";
import type { Case } from "../case.ts";
import { Failure, Unverifiable } from "../failure.ts";
import type { Subject } from "../subject.ts";
import type { TestClient } from "../test-client.ts";

/** A server that says how many clients it serves is filled up, if they are few enough to be here. */
const MOST = 64;
const MORE = 10;

/** A server whose places are all taken, and who takes them. */
async function full(subject: Subject): Promise<{ server: ServerProcess; held: TestClient[] }> {
  const { clients } = subject.model.manifest;
  const few = clients !== "many" && clients <= MOST;
  // Ours all take --max-connections; one that does not know it does not start.
  const words = few ? [] : ["--max-connections", "3"];
  const knows = few || subject.model.manifest.command.includes("--port");
  if (!knows) throw new Unverifiable("declares no limit that could be reached here, and takes no --max-connections");
  const server = await subject.start({ words }).catch((error) => {
    if (!few && error instanceof StartError)
      throw new Unverifiable(`does not start with ${words.join(" ")}: ${error.message}`);
    throw error;
  });
  return { server, held: await subject.connectServed(few ? clients : 3, server) };
}

export const overload: Case[] = [
  {
    number: 20,
    id: "tcp/overload/as-declared",
    tier: "bounded",
    pace: "quick",
    requirement:
      "refuses clients beyond its limit within 1 s, or lets them queue and then serves them in full, as it declares",
    from: "redis limits.tcl; Node net, maxConnections; nginx limit_conn",
    needs: [15],
    async run(subject) {
      const { server, held } = await full(subject);
      const bytes = subject.bytes(256);
      if (subject.model.manifest.overload === "refuse") {
        const ends = await Promise.all(
          Array.from({ length: MORE }, async () => {
            try {
              const client = await subject.connect({ to: server });
              client.send(bytes);
              return await client.end(subject.within(1000));
            } catch (error) {
              return /^no connection within/.test((error as Error).message) ? "nothing" : "reset"; // refused at once
            }
          }),
        );
        const kept = ends.filter((end) => end === "nothing").length;
        if (kept > 0)
          throw new Failure(
            `declares "refuse"; ${kept} of ${MORE} clients beyond the limit saw neither FIN nor reset within 1 s`,
          );
        for (const client of held) await client.echo(bytes);
        return;
      }
      const waiting = await subject.connectBehind(MORE, server);
      for (const client of waiting) client.send(bytes);
      const early = await Promise.all(waiting.map((client) => client.receive(1, subject.within(500))));
      const answered = early.filter((answer) => answer.length > 0).length;
      if (answered > 0)
        throw new Failure(
          `declares "queue"; ${answered} of ${MORE} clients beyond the limit were answered while its places were taken`,
          "answer",
        );
      for (const client of held) await client.echo(bytes);
      for (const client of held) client.close();
      await Promise.all(
        waiting.map(async (client) => {
          await client.expect(bytes, subject.deadline(MORE));
          client.close();
        }),
      );
    },
  },
  {
    number: 21,
    id: "tcp/overload/a-place-is-free-again",
    tier: "bounded",
    pace: "quick",
    requirement: "serves a new client once one of those at its limit has left",
    from: "Node test-net-server-max-connections-close-makes-more-available; nginx limit_conn",
    needs: [2, 15],
    async run(subject) {
      const { server, held } = await full(subject);
      const beyond = await subject.connect({ to: server }).catch(() => undefined);
      beyond?.close();
      const first = held[0]!;
      await first.halfClose();
      await first.expectFin();
      first.close();
      await subject.servedAgain(server, subject.deadline(2));
    },
  },
];
