// The load generator: a program of its own, one thread, which reads a command, does it, and answers. It never
// returns to an event loop, so nothing but its own work runs in it.
import { readSync, writeSync } from "node:fs";
import { DatagramTarget } from "./datagram-target.ts";
import type { Answer, Command } from "./generator-protocol.ts";
import { explain } from "./own-limits.ts";
import { Target } from "./target.ts";
import { kernel } from "./world.ts";

const seed = Number(process.argv[2]);
const world = kernel();
const kinds = { tcp: Target, udp: DatagramTarget };
const targets = new Map<string, Target | DatagramTarget>();

for (const line of lines()) {
  let answer: Answer;
  try {
    answer = obey(JSON.parse(line));
  } catch (error) {
    answer = { error: explain(error as Error) };
  }
  writeSync(1, `${JSON.stringify(answer)}\n`);
}

function obey(command: Command): Answer {
  switch (command.op) {
    case "connect":
      targets.set(command.target, new kinds[command.protocol](command, seed, world));
      return { connected: command.load.clients };
    case "warm-up":
      return { served: targets.get(command.target)!.warmUp(command) };
    case "window":
      return targets.get(command.target)!.window(command);
    case "disconnect":
      targets.get(command.target)?.disconnect();
      targets.delete(command.target);
      return { connected: 0 };
  }
}

function* lines(): Generator<string> {
  const chunk = Buffer.alloc(4096);
  let text = "";
  for (;;) {
    const length = readSync(0, chunk);
    if (length === 0) return; // the runner has ended
    text += chunk.toString("utf8", 0, length);
    const complete = text.split("\n");
    text = complete.pop()!;
    yield* complete;
  }
}
