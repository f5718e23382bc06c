import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { StartError } from "@echolab/model";
import { expect, test } from "vitest";
import { connectLimit, OwnLimitError, startLimit } from "../src/own-limits.ts";

const compiled = (path: string) => JSON.stringify(new URL(`../dist/${path}`, import.meta.url).href);
const eventLoop = fileURLToPath(new URL("../../server-event-loop", import.meta.url));

/** What a program prints that may open few descriptors. */
const withDescriptors = (most: number, program: string): string =>
  execFileSync("prlimit", [`--nofile=${most}:${most}`, process.execPath, "--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
  });

test("a case that needs more clients than this process may open blames no server", { timeout: 180_000 }, () => {
  const said = withDescriptors(
    300,
    `import { cases, runCases } from ${compiled("index.js")};
     import { findModel } from "@echolab/model";
     const held = cases.filter(({ number }) => number === 19);
     for await (const { verdict, why } of runCases(findModel(${JSON.stringify(eventLoop)}, "/"), held, { seed: 1 }))
       console.log(verdict + ": " + why);`,
  );
  expect(said).toMatch(
    /^unverifiable: could not be checked: 1000 clients asked, 2\d\d possible: ulimit -n 300; raise it to 2024\n$/,
  );
});

test("a client for which no descriptor is left is no refusal of the server's", { timeout: 180_000 }, () => {
  const said = withDescriptors(
    64,
    `import { createServer } from "node:net";
     import { TestClient } from ${compiled("index.js")};
     await import("@echolab/posix-sockets");
     const server = createServer().listen(0, "127.0.0.1", async () => {
       const { port } = server.address();
       for (const options of [{}, { receiveBuffer: 4096 }]) {
         const clients = [];
         const open = async () => { for (;;) clients.push(await TestClient.open({ host: "127.0.0.1", port }, 5000, options)); };
         await open().catch(({ message }) => console.log(message));
         for (const client of clients) client.close();
         await new Promise((resolve) => setTimeout(resolve, 200));
       }
       process.exit();
     });
     server.maxConnections = 1;`,
  );
  expect(said.trim().split("\n")).toEqual(
    Array(2).fill(expect.stringMatching(/a client could not connect: this process may open no more descriptors/)),
  );
});

test.each(["EADDRNOTAVAIL", "EMFILE", "ENFILE", "EAGAIN", "ENOBUFS"])("%s of a connect is a limit of ours", (code) => {
  expect(connectLimit(code)).toBeInstanceOf(OwnLimitError);
});

test("ECONNREFUSED and a server that ends before it is ready are the server's", () => {
  expect(connectLimit("ECONNREFUSED")).toBeUndefined();
  expect(startLimit(new StartError("hw3 ended with exit code 1 before it was ready", 1, "EMFILE"))).toBeUndefined();
});

/** An error of this tool's own call, and not of the server's. */
const ofOurs = (code: string) => {
  const cause = Object.assign(new Error(`spawn ${code}`), { code });
  return new StartError(`hw3 cannot be started: spawn ${code}`, null, "", { cause });
};

test("a server that cannot be started for want of descriptors or processes is not its own fault", () => {
  expect(startLimit(ofOurs("EMFILE"))?.message).toMatch(/no more descriptors \(ulimit -n\)/);
  expect(startLimit(ofOurs("EAGAIN"))?.message).toMatch(/this machine allows .* processes and threads/);
});

test.each([
  "Traceback\n    conn, addr = s.accept()\nBlockingIOError: [Errno 11] Resource temporarily unavailable",
  "Error: spawn EAGAIN",
  "hw3 cannot be started: spawn EMFILE",
])("a server that says so of itself has failed: %j", (stderr) => {
  expect(startLimit(new StartError("hw3 ended with exit code 1 before it was ready", 1, stderr))).toBeUndefined();
});
