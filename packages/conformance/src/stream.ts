import { SeededBytes } from "@echolab/protocol-core";
import type { Connection } from "./connection.ts";
import { difference, ending } from "./difference.ts";
import { Failure } from "./failure.ts";
import { KiB } from "./sizes.ts";
import { type Standstill, standstill } from "./standstill.ts";

export interface Streaming {
  readonly seed: number;
  /** Bytes that are offered. */
  readonly length: number;
  /** How many of them must come back; default: all. */
  readonly back?: number;
  /** Sizes of the pieces that are written; default: 64 KiB each. */
  readonly piece?: () => number;
  /** How many of the last bytes are offered while nothing is read, until nothing moves any more; default: none. */
  readonly unread?: number;
  /** Milliseconds that it sleeps after each piece that it has read. */
  readonly readSlowly?: number;
  /** FIN after the last byte. */
  readonly fin?: boolean;
  /** Milliseconds that the server may take until nothing moves any more. */
  readonly patience?: number;
}

/**
 * Sends a long stream while it reads it back, and compares each byte as it comes. It fails when neither direction
 * has moved for the deadline: how long all of it takes is the machine's business.
 * @returns what was seen while nothing was read
 */
export async function stream(
  connection: Connection,
  {
    seed,
    length,
    back: required = length,
    piece = () => 64 * KiB,
    unread = 0,
    readSlowly = 0,
    fin = false,
    patience = connection.deadline,
  }: Streaming,
): Promise<Standstill> {
  const { socket, deadline } = connection;
  const [out, back] = [new SeededBytes(seed), new SeededBytes(seed)];
  let wrong: string | undefined;
  let isHeld = false;
  connection.sink = (chunk) => {
    const expected = back.next(chunk.length);
    if (Buffer.compare(expected, chunk) !== 0)
      wrong ??= `of ${length} bytes sent, what came back is ${difference(expected, chunk, connection.length)}`;
    if (readSlowly === 0) return;
    socket.pause();
    setTimeout(() => isHeld || socket.resume(), readSlowly);
  };
  const over = () =>
    wrong !== undefined || connection.ended !== undefined || connection.length >= Math.max(1, required);
  /** What is looked at while nothing is read; then the client reads on. */
  let still: Promise<Standstill> | undefined;
  const holdBack = () => {
    socket.pause();
    isHeld = true;
    still = standstill(connection, patience).finally(() => {
      isHeld = false;
      connection.resume();
    });
  };
  connection.resume();
  for (let sent = 0; sent < length && !over(); ) {
    if (unread > 0 && !still && length - sent <= unread) holdBack();
    const size = Math.min(piece(), length - sent);
    sent += size;
    if (socket.write(out.next(size))) continue;
    const within = deadline + (still ? patience : 0);
    if (!(await connection.until(() => !socket.writableNeedDrain || over(), within, true))) break;
  }
  if (fin) socket.end();
  const seen = (await still) ?? { reached: true, inHand: 0, owed: 0 };
  await connection.until(over, deadline, true);
  socket.pause();
  connection.sink = undefined;
  if (wrong) throw new Failure(wrong, "answer");
  if (connection.length < required || connection.length > length) {
    const came = `${length} bytes sent, ${connection.length} came back`;
    throw new Failure(`${came}${ending(connection) || "; then nothing moved"}`, "answer");
  }
  connection.length = 0;
  return seen;
}

/** Offers bytes, and reads nothing, until nothing moves any more. @param patience milliseconds until then */
export async function offer(connection: Connection, length: number, patience: number): Promise<Standstill> {
  const { socket } = connection;
  const piece = Buffer.alloc(64 * KiB, "echo");
  let isOver = false;
  const still = standstill(connection, patience).finally(() => {
    isOver = true;
    connection.changed();
  });
  const isFree = () => isOver || connection.ended !== undefined || !socket.writableNeedDrain;
  for (let sent = 0; sent < length && !isOver && !connection.ended; sent += piece.length)
    if (!socket.write(piece)) await connection.until(isFree, 2 * patience);
  return still;
}
