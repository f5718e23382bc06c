import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { showable } from "../src/showable.ts";

/** Pieces of which sequences are made, so that many of the texts hold one. */
const pieces = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x9b", "\x9d", "\x9c", "\x07", "\x1b\\", "\r", "\0"),
  fc.constantFrom("2J", "0;title", "31m", "\ud83d", "\ude00", "\u202e", "\u200d", "\ufe0f", "👩", "\ufeff", "\n"),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
);
const texts = fc.array(pieces).map((parts) => parts.join(""));

describe("text from outside", () => {
  test("is shown without a control character, a mark that is not seen, or half a character", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = showable(text);
        expect(shown).not.toMatch(/[^\P{Cc}\n\t]|[^\P{Cf}\u200d]|\p{Cs}|\p{Noncharacter_Code_Point}/u);
        expect(showable(shown)).toBe(shown);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(["Fehler: größer als 4 Äpfel", "エラー：接続できません", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ❤️", "a\tb\nc", "<b> & | ` \\"])(
    "stays as it is where nothing is hidden in it: %s",
    (text) => expect(showable(text)).toBe(text),
  );

  test.each([
    ["a title", "\x1b]0;HOSTILE\x07"],
    ["a title without its end", "\x1b]0;HOSTILE"],
    ["the clipboard, in one character of C1", "\x9d52;c;SE9T\x9c"],
    ["a device control string", "\x1bPq#0\x1b\\"],
    ["an application's string without its end", "\x1b_Ghostile"],
    ["a colour", "\x1b[31;1m"],
    ["a colour without its end", "\x1b[31"],
    ["a clear in one character of C1", "\x9b2J"],
    ["another screen", "\x1b[?1049h"],
    ["another alphabet", "\x1b(0"],
    ["a full reset", "\x1bc"],
    ["a turn of the direction", "\u202e"],
    ["an escape at the end", "\x1b"],
  ])("is without %s", (_, sequence) => {
    expect(showable(`before${sequence}\nafter`)).toBe("before\nafter");
    expect(showable(sequence)).toBe("");
  });

  test("keeps the line behind a string whose end never comes", () => {
    expect(showable("\x1b]0;never ends\nError: no port\n")).toBe("\nError: no port\n");
  });

  test("is harmless in pieces, wherever it is cut", () => {
    const text = "a\x1b]52;c;SE9T\x07b\x1b[2Jc";
    for (let at = 0; at <= text.length; at += 1)
      expect(showable(text.slice(0, at)) + showable(text.slice(at))).not.toMatch(/\p{Cc}/u);
  });
});
