// A relay as a program: node main.js HOST PORT OPTIONS, where OPTIONS are RelayOptions as JSON. Its first line says where it listens.
import { readyLine } from "@echolab/protocol-core";
import { Relay } from "./relay.ts";

const [host = "", port, options = "{}"] = process.argv.slice(2);
const relay = await Relay.listen({ host, port: Number(port) }, JSON.parse(options));
process.stdout.write(readyLine(relay));
