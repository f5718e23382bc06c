import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BlockingStream, echo } from "../src/echo.ts";

describe("echo", () => {
  test("gives back every byte in order until the client's FIN", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 })), (pieces) => {
        const { stream, back } = peer(pieces, "FIN");
        echo(stream);
        expect(Buffer.concat(back)).toEqual(Buffer.concat(pieces));
      }),
    );
  });

  test("receives at most 64 KiB at a time", () => {
    let offered = 0;
    echo({
      recv: (into) => {
        offered = into.length;
        return 0;
      },
      sendAll: () => {},
    });
    expect(offered).toBe(64 * 1024);
  });

  test.each(["ECONNRESET", "EPIPE", "ETIMEDOUT"])("returns at %s, in recv as in send", (code) => {
    const { stream, back } = peer([Buffer.from("before")], code);
    echo(stream);
    expect(Buffer.concat(back).toString()).toBe("before");
    echo({ recv: () => 1, sendAll: () => fail(code) });
  });

  test("throws every other error", () => {
    expect(() => echo({ recv: () => fail("EBADF"), sendAll: () => {} })).toThrow("EBADF");
    expect(() => echo({ recv: () => 1, sendAll: () => fail("EINVAL") })).toThrow("EINVAL");
  });
});

/** A client that sends these pieces, one a receive, and then ends. */
function peer(pieces: readonly Uint8Array[], ending: string): { stream: BlockingStream; back: Uint8Array[] } {
  const back: Uint8Array[] = [];
  let next = 0;
  const recv = (into: Uint8Array) => {
    const piece = pieces[next++];
    if (!piece) return ending === "FIN" ? 0 : fail(ending);
    into.set(piece);
    return piece.length;
  };
  return { stream: { recv, sendAll: (from, length) => back.push(from.slice(0, length)) }, back };
}

function fail(code: string): never {
  throw Object.assign(new Error(code), { code });
}
