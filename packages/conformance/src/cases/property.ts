import { pause } from "@echolab/model";
import { SeededBytes } from "@echolab/protocol-core";
import fc from "fast-check";
import type { Case } from "../case.ts";
import { aboutOf, Failure } from "../failure.ts";
import { KiB } from "../sizes.ts";
import type { Subject } from "../subject.ts";
import type { TestClient } from "../test-client.ts";

const SOCKETS = 8;
/** A client that does not read may be owed so much: it is in the kernel's buffers, and nobody waits. */
const MOST_OWED = 128 * KiB;
/** As many runs as fit into so many milliseconds, and 200 at the most. */
const ENOUGH = 20_000;

/** What must be: how many bytes a socket is owed, whether it may still send, and whether it reads. */
interface Expected {
  owed: number;
  sending: boolean;
  paused: boolean;
}

/** What is: the client, and its bytes as they were sent and as they must come back. */
interface Real {
  readonly client: TestClient;
  readonly out: SeededBytes;
  readonly back: SeededBytes;
}

type Sockets<S> = (S | undefined)[];
type Lab = { readonly subject: Subject; readonly sockets: Sockets<Real>; reads: number };
type Command = fc.AsyncCommand<Sockets<Expected>, Lab>;

/** A command about one of the sockets that may do it, whichever `pick` falls on: nearly every command does something. */
function on(
  name: string,
  pick: number,
  may: (socket: Expected) => boolean,
  run: (socket: Expected, real: Real, lab: Lab) => unknown,
  isLast = false,
): Command {
  const candidates = (sockets: Readonly<Sockets<Expected>>) =>
    [...sockets.keys()].filter((i) => sockets[i] && may(sockets[i]));
  let chosen = "?";
  return {
    check: (sockets) => candidates(sockets).length > 0,
    async run(sockets, lab) {
      const able = candidates(sockets);
      const number = able[pick % able.length]!;
      chosen = String(number);
      await run(sockets[number]!, lab.sockets[number]!, lab);
      if (isLast) sockets[number] = lab.sockets[number] = undefined;
    },
    toString: () => `${name}(${chosen})`,
  };
}

const open = (number: number, most: number): Command => ({
  check: (sockets) => !sockets[number] && sockets.filter(Boolean).length < most,
  async run(sockets, { subject, sockets: real }) {
    // Who gets a thread or a process is waited for: else they would be started faster than they can be.
    const [client] =
      subject.model.manifest.isolation === "none" ? [await subject.connect()] : await subject.connectServed(1);
    real[number] = { client: client!, out: new SeededBytes(number), back: new SeededBytes(number) };
    sockets[number] = { owed: 0, sending: true, paused: false };
  },
  toString: () => `open(${number})`,
});

const write = (pick: number, size: number) =>
  on(
    `write ${size} bytes `,
    pick,
    ({ owed, sending }) => sending && owed + size <= MOST_OWED,
    (socket, { client, out }) => {
      client.send(out.next(size));
      socket.owed += size;
    },
  );

const read = (pick: number) =>
  on(
    "read",
    pick,
    ({ owed, paused }) => owed > 0 && !paused,
    async (socket, { client, back }, lab) => {
      await client.expect(back.next(socket.owed));
      socket.owed = 0;
      lab.reads += 1;
    },
  );

const halfClose = (pick: number) =>
  on(
    "half-close",
    pick,
    ({ sending }) => sending,
    (socket, { client }) => {
      socket.sending = false;
      return client.halfClose();
    },
  );

/** Whoever has sent a FIN, and has all its bytes, must see the server's. */
const end = (pick: number) =>
  on(
    "end",
    pick,
    ({ owed, sending, paused }) => !sending && owed === 0 && !paused,
    async (_, { client }) => {
      await client.expectFin();
      client.close();
    },
    true,
  );

const anybody = () => true;
const close = (pick: number) => on("close", pick, anybody, (_, { client }) => client.close(), true);
const reset = (pick: number) => on("reset", pick, anybody, (_, { client }) => client.reset(), true);
const paused = (pick: number) =>
  on(
    "pause",
    pick,
    ({ paused }) => !paused,
    (socket) => {
      socket.paused = true;
      return pause(5);
    },
  );
const resumed = (pick: number) =>
  on(
    "resume",
    pick,
    ({ paused }) => paused,
    (socket) => {
      socket.paused = false;
    },
  );

export const property: Case[] = [
  {
    number: 46,
    id: "tcp/property/what-was-sent-in-order",
    tier: "robustness",
    pace: "full",
    requirement: "gives each of up to 8 sockets what it has sent, in order, whatever they do: 200 random runs",
    from: "fast-check, model-based testing; TigerBeetle",
    needs: [8, 15, 29],
    async run(subject) {
      const most = subject.atMost(SOCKETS);
      const number = fc.nat(SOCKETS - 1);
      const size = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 * KiB }));
      const pick = fc.nat();
      const writing = fc.tuple(pick, size).map(([pick, size]) => write(pick, size));
      const reading = pick.map(read);
      const commands = fc.commands(
        [
          ...[number, number].map((each) => each.map((number) => open(number, most))),
          ...[writing, writing, writing, reading, reading, reading],
          ...[halfClose, end, end, close, reset, paused, resumed].map((command) => pick.map(command)),
        ],
        { maxCommands: 40, size: "max", disableReplayLog: true },
      );
      let [runs, reads] = [0, 0];
      const check = fc.asyncProperty(commands, async (commands) => {
        runs += 1;
        const lab: Lab = { subject, sockets: [], reads: 0 };
        try {
          await fc.asyncModelRun(() => ({ model: [], real: lab }), commands);
        } finally {
          reads += lab.reads;
          for (const socket of lab.sockets) if (socket) subject.forget(socket.client);
        }
      });
      const details = await fc.check(check, { seed: subject.seed, numRuns: 200, interruptAfterTimeLimit: ENOUGH });
      if (!details.failed || details.counterexample === null)
        return `${runs} runs, ${reads} reads, seed ${subject.seed}`;
      const why = details.errorInstance instanceof Error ? details.errorInstance.message : "it failed";
      throw new Failure(
        `${why}, after: ${details.counterexample[0]}; run ${details.numRuns}, shrunk ${details.numShrinks} times, seed ${details.seed}`,
        aboutOf(details.errorInstance),
      );
    },
  },
];
