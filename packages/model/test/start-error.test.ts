import { expect, test } from "vitest";
import { lastWords } from "../src/start-error.ts";

test.each([
  [
    "Python's, the innermost place",
    'Traceback (most recent call last):\n  File "/home/a/server.py", line 9, in <module>\n    serve()\n  File "/home/a/server.py", line 3, in serve\n    raise OSError("x")\nOSError: x\n',
    "OSError: x (server.py, line 3)",
  ],
  [
    "Node's, the place above the line",
    'file:///home/a/server.mjs:10\nthrow new Error("boo");\n      ^\n\nError: boo\n    at file:///home/a/server.mjs:10:7\n',
    "Error: boo (server.mjs, line 10)",
  ],
  ["an error alone", "TypeError: no\n", "TypeError: no"],
  ["no error's name: the last three lines", "one\ntwo\nthree\nfour\n", "two\nthree\nfour"],
  ["nothing", "\n", ""],
])("of a stack trace the line that names the error is told: %s", (_, stderr, words) => {
  expect(lastWords(stderr)).toBe(words);
});
