import { lastWords, listeningAddresses, StartError, type StartOptions } from "@echolab/model";
import type { Case } from "../case.ts";
import { Failure } from "../failure.ts";
import type { Subject } from "../subject.ts";

/** Starting wrongly: it ends within 2 s, with an exit code that is not 0, and one line that says why. */
async function refusesToStart(subject: Subject, options: StartOptions, what: string): Promise<void> {
  const error = await subject.start({ ...options, deadline: subject.within(2000) }).then(
    () => new Failure(`started on ${what} as if nothing were wrong`),
    (reason: Error) => reason,
  );
  if (!(error instanceof StartError)) throw error;
  if (error.exitCode === null || error.exitCode === 0) {
    throw new Failure(`${what}: required: an exit code that is not 0; came: ${error.message}`);
  }
  const lines = error.stderr.trim().split("\n");
  if (lines.length !== 1 || lines[0] === "") {
    const came = lines[0] === "" ? "nothing" : `${lines.length} lines, among them: ${lastWords(error.stderr)}`;
    throw new Failure(`${what}: required: one line on stderr that says why; came: ${came}`);
  }
}

/** A free port may become another program's meanwhile: a port that is in use each time is the server's mistake. */
const PORTS = 5;

/** Ends a server that has a client, and starts it again on its port. */
async function startAgain(subject: Subject, signal: NodeJS.Signals): Promise<void> {
  const server = await subject.start();
  const [client] = await subject.connectServed(1, server);
  // The server closes first, so that TIME_WAIT is on its side.
  server.signal(signal);
  await client!.end();
  client!.close();
  await server.stop();
  const again = await subject.start({ port: server.port });
  await subject.connectServed(1, again);
  await again.stop();
}

export const start: Case[] = [
  {
    number: 1,
    id: "tcp/start/ready",
    tier: "must",
    pace: "quick",
    requirement: "is ready within 10 s of its start, and accepts a client",
    from: "CodeCrafters, bind test",
    async run(subject) {
      const server = await subject.start();
      await subject.connect({ to: server });
    },
  },
  {
    number: 43,
    id: "tcp/start/same-port-again",
    tier: "robustness",
    pace: "quick",
    requirement: "starts again at once on a port that still has connections in TIME_WAIT",
    from: "CodeCrafters, SO_REUSEADDR hint; UNP 7.5",
    async run(subject) {
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        let failure: Error | undefined;
        for (let port = 0; port < PORTS; port += 1) {
          failure = await startAgain(subject, signal).then(
            () => undefined,
            (error: Error) => error,
          );
          if (!failure || !/EADDRINUSE|in use/i.test(failure.message)) break;
        }
        if (failure) throw failure;
      }
    },
  },
  {
    number: 44,
    id: "tcp/start/bad-port",
    tier: "robustness",
    pace: "quick",
    requirement: "says in one line why it cannot listen: a port that is taken, abc, 70000",
    from: "libuv bind_error; HAProxy -conf-BAD",
    async run(subject) {
      await refusesToStart(subject, { port: subject.server.port }, "a port that is taken");
      await refusesToStart(subject, { port: "abc" }, 'port "abc"');
      await refusesToStart(subject, { port: "70000" }, "port 70000");
    },
  },
  {
    number: 45,
    id: "tcp/start/loopback-only",
    tier: "bounded",
    pace: "quick",
    requirement: "listens on loopback and nowhere else",
    from: "redis networking.tcl",
    async run(subject): Promise<string | undefined> {
      const addresses = listeningAddresses(subject.server.tree().map(({ pid }) => pid));
      const others = addresses.filter(({ host }) => !/^(127\.|::1$|::ffff:7f)/.test(host)); // the last is 127.0.0.0/8 in IPv6
      if (addresses.length === 0) throw new Failure("no listening socket of the server was found in /proc/net");
      if (others.length === 0) return;
      const where = `listens on ${others.map(({ host }) => host).join(", ")}`;
      // Who prints no ready line was not written for this suite, and may have been asked for nothing else.
      if (subject.model.manifest.ready === "listen") return `warning: ${where}`;
      throw new Failure(where);
    },
  },
];
