import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededBytes } from "../src/bytes.ts";
import { Client, type NonBlockingStream } from "../src/client.ts";

const MOST_OWED = 64 * 1024;

type Ending = "FIN" | "ECONNRESET" | "EPIPE";

interface Script {
  readonly length: number;
  readonly ending: Ending;
  /** What each call does, while there are some: 0 is "nothing yet", else the most bytes that the kernel moves. */
  readonly moves: readonly number[];
}

/** A peer that sends its bytes and then ends, and a kernel that moves them as the script says. */
class ScriptedStream implements NonBlockingStream {
  readonly sent: Uint8Array;
  readonly back: Uint8Array;
  received = 0;
  returned = 0;
  mostOwed = 0;
  ended = false;
  readonly #script: Script;
  #call = 0;

  constructor(script: Script, seed: number) {
    this.#script = script;
    this.sent = new SeededBytes(seed).next(script.length);
    this.back = new Uint8Array(script.length);
  }

  get owed(): number {
    return this.received - this.returned;
  }

  tryRecv(into: Uint8Array): number {
    if (this.owed > 0) throw new Error("received while it owed");
    const move = this.#nextMove();
    if (move === 0) return -1;
    const bytes = this.sent.subarray(this.received, this.received + Math.min(move, into.length));
    if (bytes.length === 0) return this.#end();
    into.set(bytes);
    this.received += bytes.length;
    this.mostOwed = Math.max(this.mostOwed, this.owed);
    return bytes.length;
  }

  trySend(from: Uint8Array, start: number, end: number): number {
    const move = this.#nextMove();
    if (move === 0) return -1;
    if (this.#script.ending === "EPIPE" && this.returned >= this.#script.length / 2) return this.#end();
    const bytes = from.subarray(start, Math.min(end, start + move));
    this.back.set(bytes, this.returned);
    this.returned += bytes.length;
    return bytes.length;
  }

  #nextMove(): number {
    return this.#script.moves[this.#call++] ?? Number.POSITIVE_INFINITY;
  }

  #end(): number {
    this.ended = true;
    if (this.#script.ending === "FIN") return 0;
    throw Object.assign(new Error(this.#script.ending), { code: this.#script.ending });
  }
}

const script: fc.Arbitrary<Script> = fc.record({
  length: fc.oneof(fc.nat(8), fc.nat(200_000)),
  ending: fc.constantFrom<Ending>("FIN", "FIN", "ECONNRESET", "EPIPE"),
  moves: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100_000 }))),
});

describe("Client", () => {
  test("gives every byte back in order, owes at most 64 KiB, and finishes only when its peer has ended", () => {
    fc.assert(
      fc.property(fc.array(script, { minLength: 1, maxLength: 4 }), fc.integer(), (scripts, seed) => {
        // Several at once, step by step in turn: the memory that they share must not mix them up.
        const clients = scripts.map((each, i) => new Client(new ScriptedStream(each, seed + i)));
        const running = new Set(clients);
        while (running.size > 0) {
          for (const client of running) {
            const state = client.step();
            const { owed, ended } = client.socket;
            if (state === "finished") running.delete(client);
            expect(state).toBe(ended ? "finished" : owed > 0 ? "writable" : "readable");
          }
        }
        clients.forEach(({ socket }, i) => {
          expect(socket.mostOwed).toBeLessThanOrEqual(MOST_OWED);
          if (scripts[i]!.ending !== "EPIPE") expect(socket.returned).toBe(socket.sent.length);
          expect(
            Buffer.compare(socket.back.subarray(0, socket.returned), socket.sent.subarray(0, socket.returned)),
          ).toBe(0);
        });
      }),
    );
  });

  test("receives once a step, so that a client who always has something keeps nobody waiting", () => {
    const stream = new ScriptedStream({ length: 300_000, ending: "FIN", moves: [] }, 1);
    const client = new Client(stream);
    expect(client.step()).toBe("readable");
    expect(stream.returned).toBe(MOST_OWED);
  });

  test.each(["ECONNRESET", "EPIPE", "ETIMEDOUT"])("finishes at %s", (code) => {
    expect(new Client(failing(code)).step()).toBe("finished");
  });

  test.each(["EBADF", "ENOTCONN", "EINVAL"])("throws %s, which is not the peer's doing", (code) => {
    expect(() => new Client(failing(code)).step()).toThrow(code);
  });

  test("throws an error that has no code", () => {
    const client = new Client({ ...failing(""), tryRecv: () => expect.unreachable("a bug") });
    expect(() => client.step()).toThrow("a bug");
  });
});

function failing(code: string): NonBlockingStream {
  const fail = () => {
    throw Object.assign(new Error(code), { code });
  };
  return { tryRecv: fail, trySend: fail };
}
