// A relay as a program: node main.js PROTOCOL HOST PORT OPTIONS, where OPTIONS are those of its relay as JSON. Its first
// line says where it listens.
import { readyLine } from "@echolab/protocol-core";
import { Relay } from "./relay.ts";
import { UdpRelay } from "./udp-relay.ts";

const [protocol, host = "", port, options = "{}"] = process.argv.slice(2);
const { listen } = protocol === "udp" ? UdpRelay : Relay;
const relay = await listen({ host, port: Number(port) }, JSON.parse(options));
process.stdout.write(readyLine(relay));
