import { Transform, type Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { findModel, ManifestError, obstacle, ServerProcess, showable } from "@echolab/model";
import { formatAddress } from "@echolab/protocol-core";
import { Command } from "commander";
import { typedIn, wholeNumber } from "../arguments.ts";
import { interrupted } from "../interrupted.ts";
import { stderr } from "../terminal.ts";

const isLoopback = (host: string) => /^(127\.|::1$|localhost$)/.test(host);

export function serve(): Command {
  return new Command("serve")
    .description("Run one server until Ctrl-C")
    .argument("<model>", "a model, with its options if it has any (busy-wait:when-nothing=sleep), or a folder")
    .option("--port <port>", "the port; 0 lets the kernel choose", wholeNumber(0, 65535), 7007)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--max-connections <n>", "clients served at the same time", wholeNumber(1, 65535))
    .addHelpText("after", "\nTry it from another terminal: nc 127.0.0.1 7007")
    .action(
      async (spec: string, { port, host, maxConnections }: { port: number; host: string; maxConnections?: number }) => {
        const model = findModel(spec, typedIn);
        const why = await obstacle(model);
        if (why) throw new Error(`${model.name} cannot run here: ${why}`);
        const limit = model.manifest.clients;
        if (maxConnections && limit !== "many" && maxConnections > limit) {
          throw new ManifestError(
            `${model.name} serves at most ${limit} client${limit === 1 ? "" : "s"} at the same time`,
          );
        }
        if (!isLoopback(host))
          console.error(stderr.yellow(`${host} is not loopback: whoever reaches this machine reaches this server`));
        const words = maxConnections ? ["--max-connections", String(maxConnections)] : [];
        const signal = interrupted();
        const wanted = new Promise<"interrupted">((resolve) =>
          signal.addEventListener("abort", () => resolve("interrupted")),
        );
        const server = await Promise.race([ServerProcess.start(model, { host, port, words }), wanted]);
        if (server === "interrupted") process.exit(130); // the guard ends what has been started
        console.log(`${model.name} (process ${server.pid}) is listening on ${formatAddress(server)}`);
        console.error(stderr.dim("Ctrl-C ends it."));
        server.pipe(shownOn(process.stdout), shownOn(process.stderr));
        const ending = await Promise.race([wanted, server.ended]);
        await server.stop();
        if (ending === "interrupted") process.exit(130);
        throw new Error(`the server ended by itself (${ending.signal ?? `exit code ${ending.code}`})`);
      },
    );
}

/** Passes text on without what a terminal would obey: the server is a stranger's. */
function shownOn(stream: Writable): Writable {
  const decoder = new StringDecoder("utf8");
  const cleaning = new Transform({
    decodeStrings: false,
    transform: (chunk, _, done) => done(null, showable(decoder.write(chunk))),
  });
  cleaning.pipe(stream, { end: false });
  stream.on("error", () => cleaning.unpipe(stream).resume()); // the server goes on, and must not find a full pipe
  return cleaning;
}
