import { pause } from "@echolab/model";
import type { Connection } from "./connection.ts";
import { Failure } from "./failure.ts";
import { kernelQueues } from "./kernel-queues.ts";
import { MiB } from "./sizes.ts";

/** Milliseconds that a server may take until nothing moves: one that copies all that it keeps, for each byte more, is slow. */
export const PATIENCE_MS = 3000;
/** The same for a stream with an end: a slow server may need long until it has taken all of it. */
export const STREAM_PATIENCE_MS = 20_000;

/** What came of a connection whose client reads nothing. */
export interface Standstill {
  /** Nothing moves any more, or the server has ended the connection; false when the time was over before. */
  readonly reached: boolean;
  /**
   * Bytes that the server has received and not sent back, the most that were seen: what left the client, less what the
   * kernel holds of it at both ends.
   */
  readonly inHand: number;
  /** Those of the last look: what the server owes now. */
  readonly owed: number;
}

const LOOK_MS = 50;
/** The kernel's queues must be equal in 10 looks in a row. Looks are counted, not time: on a busy machine this process waits as well. */
const SAME_LOOKS = 10;

/**
 * Waits, while nothing is read, until the kernel's queues at both ends of the connection no longer change. A server
 * that receives only when it owes nothing comes to that, and so does one that has taken all there is.
 */
export async function standstill(connection: Connection, within: number): Promise<Standstill> {
  const { socket, wantsToRun } = connection;
  const end = performance.now() + within;
  let [before, same, inHand, owed] = ["", 0, 0, 0];
  while (performance.now() < end) {
    if (socket.destroyed || connection.ended) return { reached: true, inHand, owed: 0 };
    const { client, server } = kernelQueues(socket.localPort!, socket.remotePort!);
    const sent = socket.bytesWritten - socket.writableLength - socket.bytesRead;
    if (client && server) owed = sent - client.sending - client.unread - server.sending - server.unread;
    inHand = Math.max(inHand, owed);
    const now = JSON.stringify([client, server, sent]);
    same = now === before && !wantsToRun() ? same + 1 : 0; // it may only not have had the processor
    before = now;
    if (same === SAME_LOOKS) return { reached: true, inHand, owed };
    await pause(LOOK_MS);
  }
  return { reached: false, inHand, owed };
}

/** A server may keep so much for a client that reads nothing: else many such clients fill the machine. */
const MOST_IN_HAND = 32 * MiB;
/** More than a server keeps that is slow, and not careless. */
const CAREFUL = MiB;

/** Requires that the server has stopped to take bytes from the client. */
export function requireStopped({ reached, inHand }: Omit<Standstill, "owed">): void {
  const kept = `${(inHand / MiB).toFixed(1)} MiB are in its hands, received and not sent back`;
  if (inHand > MOST_IN_HAND)
    throw new Failure(`required: at most 32 MiB kept for a client that reads nothing; came: ${kept}`, "answer");
  if (!reached && inHand > CAREFUL)
    throw new Failure(
      `required: it stops taking bytes from a client that reads nothing; came: ${kept}, and it takes more`,
      "answer",
    );
}
