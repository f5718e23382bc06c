import { processesLeft, type ServerProcess } from "@echolab/model";
import { OwnLimitError, requireClients } from "./own-limits.ts";
import type { TestClient } from "./test-client.ts";

/** A server that more clients are to come to. */
interface Host {
  readonly model: ServerProcess["model"];
  readonly address: { readonly port: number };
  readonly isOurs: boolean;
  readonly server: ServerProcess;
  connectServed(count: number): Promise<TestClient[]>;
  forget(client: TestClient): void;
}

/**
 * Requires that `count` more clients can be served: descriptors and ports of this process, and the processes and threads
 * that the server starts for them. @throws OwnLimitError
 */
export async function requireRoom(subject: Host, count: number): Promise<void> {
  await requireClients(count, subject.address);
  if (subject.model.manifest.isolation === "none" || !subject.isOurs) return;
  const { room, words } = processesLeft();
  if (room === Number.POSITIVE_INFINITY) return;
  const needed = count * (await tasksPerClient(subject));
  if (needed > room)
    throw new OwnLimitError(`could not be checked: ${count} clients need ${needed} processes and threads; ${words}`);
}

/** Processes and threads that come with one client. */
async function tasksPerClient(subject: Host): Promise<number> {
  const before = subject.server.tasks();
  const [client] = await subject.connectServed(1);
  const tasks = subject.server.tasks() - before;
  subject.forget(client!);
  return Math.max(1, tasks);
}
