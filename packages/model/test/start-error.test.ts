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
  [
    "Python's second error, raised while the first was handled",
    'Traceback (most recent call last):\n  File "/a/b.py", line 3, in f\n    d["x"]\nKeyError: \'x\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/a/b.py", line 5, in <module>\n    raise ValueError("no")\nValueError: no\n',
    "ValueError: no (b.py, line 5)",
  ],
  [
    "the last of two threads'",
    'Exception in thread Thread-1:\nTraceback (most recent call last):\n  File "/a/d.py", line 9, in serve\n    c.recv(1)\nConnectionResetError: [Errno 104]\nTraceback (most recent call last):\n  File "/a/d.py", line 6, in <module>\n    x[1]\nIndexError: out of range\n',
    "IndexError: out of range (d.py, line 6)",
  ],
  [
    "the program's own line, and not the library's",
    'Traceback (most recent call last):\n  File "/a/d.py", line 2, in <module>\n    socket.create_server((host, port))\n  File "/usr/lib/python3.11/socket.py", line 934, in create_server\n    raise error(err.errno, msg) from None\nOSError: [Errno 98] Address already in use\n',
    "OSError: [Errno 98] Address already in use (d.py, line 2)",
  ],
  [
    "no place where all of it is Node's",
    "node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n\nError: listen EADDRINUSE: address already in use 127.0.0.1:7\n    at Server.setupListenHandle [as _listen2] (node:net:1817:16)\n    at node:net:2015:7 {\n  code: 'EADDRINUSE'\n}\n\nNode.js v20.20.2\n",
    "Error: listen EADDRINUSE: address already in use 127.0.0.1:7",
  ],
  [
    "the first of Node's frames that is the program's own",
    "node:fs:573\n  return binding.open(\n                 ^\n\nError: ENOENT: no such file or directory, open 'x'\n    at Object.readFileSync (node:fs:441:20)\n    at handle (/home/a/server.js:4:6)\n    at Object.<anonymous> (/home/a/server.js:9:1)\n",
    "Error: ENOENT: no such file or directory, open 'x' (server.js, line 4)",
  ],
  [
    "none of those inside of Node",
    "node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n\nError: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:218:20)\n",
    "Error: read ECONNRESET",
  ],
  [
    "Deno's",
    "error: Uncaught (in promise) ConnectionReset: Connection reset by peer (os error 104)\n    at async Listener.accept (ext:deno_net/01_net.js:1:3926)\n    at async file:///a/server.ts:5:20\n",
    "error: Uncaught (in promise) ConnectionReset: Connection reset by peer (os error 104) (server.ts, line 5)",
  ],
  ["an error alone", "TypeError: no\n", "TypeError: no"],
  ["no error's name: the last three lines", "one\ntwo\nthree\nfour\n", "two\nthree\nfour"],
  ["nothing", "\n", ""],
])("of a stack trace the line that names the error is told: %s", (_, stderr, words) => {
  expect(lastWords(stderr)).toBe(words);
});
