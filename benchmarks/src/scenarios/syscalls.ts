import { cell, each } from "../cell.ts";
import type { SyscallsScenario } from "../scenario.ts";

/** How often a server enters the kernel for one message, counted in a pass of its own: counting slows it down. */
export const syscalls: SyscallsScenario = {
  kind: "syscalls",
  protocol: "tcp",
  scenario: "syscalls",
  shows: "calls and context switches of one message, and the CPU they explain",
  punishes: "whoever asks the kernel more often than it has to",
  blocks: { default: null, quick: null, full: 1 },
  cells: { default: [], full: each(cell(1), "clients", [1, 50]) },
  varies: ["clients", "topology"],
  cost: { start: 0, block: 2 },
};
