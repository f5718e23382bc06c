import { eventually, openDescriptors } from "@echolab/model";
import type { Subject } from "./subject.ts";

/** Open descriptors of all the server's processes; undefined where somebody else has started it. */
export function descriptorsOf(subject: Subject): number | undefined {
  return subject.isOurs ? subject.server.tree().reduce((sum, { pid }) => sum + openDescriptors(pid), 0) : undefined;
}

/**
 * Waits until the server has closed what it had for its clients, or has ended: then it has seen them leave. One that
 * keeps descriptors is the subject of case 31.
 */
export async function haveLeft(subject: Subject, before: number | undefined): Promise<void> {
  const isOver = () => before !== undefined && (!subject.server.running || descriptorsOf(subject)! <= before);
  await eventually(isOver, subject.within(before === undefined ? 200 : 2000));
}
